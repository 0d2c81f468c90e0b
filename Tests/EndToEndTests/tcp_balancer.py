"""A TCP balancer that knows ports and nothing else: in turn, and past those that refuse."""

import contextlib
import itertools
import socket
import threading


class TCPBalancer:
    def __init__(self, ports):
        self.turns = itertools.cycle(ports)
        self.count = len(ports)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"ws://127.0.0.1:{self.port}/v1/signaling"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = self._connect()
            if server is None:
                client.close()
                continue
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _connect(self):
        for _ in range(self.count):
            with contextlib.suppress(OSError):
                return socket.create_connection(("127.0.0.1", next(self.turns)), timeout=2)
        return None

    def _carry(self, source, sink):
        source.settimeout(None)
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
