"""Stands between a browser and the relay, and cuts the connections when a test says so."""

import contextlib
import socket
import struct
import threading
from urllib.parse import urlsplit

# struct linger: on, and for 0 s, so that closing sends RST.
AT_ONCE = struct.pack("ii", 1, 0)


class NetworkCutter:
    """Passes TCP on to a URL. Cut, it resets what is there and refuses what comes; silent, it passes nothing on."""

    def __init__(self, url):
        self.target = (urlsplit(url).hostname, urlsplit(url).port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.lock = threading.Lock()
        self.whole = True
        self.passing = threading.Event()
        self.passing.set()
        self.pairs = []
        self.refused = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """The network goes down."""
        with self.lock:
            self.whole = False
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            self._reset(*pair)
        self.passing.set()

    def silence(self):
        """Nothing comes through any more, and nobody is told."""
        self.passing.clear()

    def restore(self):
        with self.lock:
            self.whole = True
        self.passing.set()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self.listener.accept()[0]
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with self.lock:
            if not self.whole:
                self.refused += 1
                return self._reset(connection)
            target = socket.create_connection(self.target)
            self.pairs.append((connection, target))
        threading.Thread(target=self._pump, args=(connection, target), daemon=True).start()
        self._pump(target, connection)
        return None

    def _pump(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.passing.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    @staticmethod
    def _reset(*connections):
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                # A close alone does not end it while another thread still reads.
                connection.shutdown(socket.SHUT_RD)
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.cut()
        self.listener.close()
