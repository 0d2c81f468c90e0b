"""Passes TCP on between clients, the relay and providers: as a proxy, with TLS, in turn, or until the network is cut."""

import contextlib
import itertools
import socket
import ssl
import struct
import subprocess
import threading
from urllib.parse import urlsplit

from .waiting import PATIENCE

# struct linger: on, and for 0 s, so that closing sends RST.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class TCPForwarder:
    """Listens on loopback and passes each connection on to where `reach` leads."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()

    def reach(self, connection):
        """The two ends to join; None where the connection was dealt with."""
        raise NotImplementedError

    def pump(self, source, target):
        """Carries one direction to its end, which ends the other one too."""
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                target.sendall(chunk)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self.listener.accept()[0]
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError):
            if ends := self.reach(connection):
                threading.Thread(target=self.pump, args=ends, daemon=True).start()
                self.pump(*reversed(ends))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A thread that still waited would take, by the number of the descriptor, what comes to the next one that listens.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.accepting.join()
        self.listener.close()


class TLSFront(TCPForwarder):
    """Takes TLS off and passes on to a plain URL."""

    def __init__(self, url, pem, key):
        self.target = (urlsplit(url).hostname, urlsplit(url).port)
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(pem, key)
        super().__init__()

    def reach(self, connection):
        return self.context.wrap_socket(connection, server_side=True), socket.create_connection(self.target)


class ConnectProxy(TCPForwarder):
    """An HTTP proxy that knows CONNECT alone (RFC 9110 section 9.3.6), and to which `.internal` is this machine."""

    def reach(self, connection):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        method, authority, _ = head.split(b"\r\n")[0].decode().split(" ")
        assert method == "CONNECT"
        host, port = authority.rsplit(":", 1)
        target = socket.create_connection(("127.0.0.1" if host.endswith(".internal") else host, int(port)))
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return connection, target


class TCPBalancer(TCPForwarder):
    """Knows ports and nothing else: in turn, and past those that refuse."""

    def __init__(self, ports):
        self.turns = itertools.cycle(ports)
        self.count = len(ports)
        super().__init__()
        self.url = f"ws://127.0.0.1:{self.port}/v1/signaling"

    def reach(self, connection):
        for _ in range(self.count):
            with contextlib.suppress(OSError):
                target = socket.create_connection(("127.0.0.1", next(self.turns)), timeout=PATIENCE)
                target.settimeout(None)
                return connection, target
        return connection.close()


class NetworkCutter(TCPForwarder):
    """Passes on to a URL. Cut, it resets what is there and refuses what comes; silent, it passes nothing on."""

    def __init__(self, url):
        self.target = (urlsplit(url).hostname, urlsplit(url).port)
        self.lock = threading.Lock()
        self.whole = True
        self.passing = threading.Event()
        self.passing.set()
        self.pairs = []
        self.refused = 0
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}"

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

    def reach(self, connection):
        with self.lock:
            if not self.whole:
                self.refused += 1
                return self._reset(connection)
            target = socket.create_connection(self.target)
            self.pairs.append((connection, target))
        return connection, target

    def pump(self, source, target):
        """Ends one direction alone: the other may still have something to say."""
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.passing.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    @staticmethod
    def _reset(*connections):
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                # A close alone does not end it while another thread still reads.
                connection.shutdown(socket.SHUT_RD)
            connection.close()

    def __exit__(self, *_):
        self.cut()
        super().__exit__()


def certificate(folder, name, authority=None):
    """Makes `name.pem` and `name.key`: an authority, or a server certificate for localhost and provider.internal signed by one."""
    key, pem = folder / f"{name}.key", folder / f"{name}.pem"
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}", "-days", "2"]
    signed = []
    if authority:
        signed = ["-CA", folder / f"{authority}.pem", "-CAkey", folder / f"{authority}.key"]
        signed += ["-addext", "subjectAltName=DNS:localhost,DNS:provider.internal,IP:127.0.0.1"]
        signed += ["-addext", "basicConstraints=critical,CA:FALSE"]
    command = ["openssl", "req", "-x509", *new, *signed, "-keyout", key, "-out", pem]
    subprocess.run(command, check=True, capture_output=True)
    return pem, key
