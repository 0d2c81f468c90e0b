"""What may stand between the relay and a provider: TLS, and a proxy."""

import contextlib
import socket
import ssl
import subprocess
import threading
from urllib.parse import urlsplit


def certificate(folder, name, authority=None):
    """Makes `name.pem` and `name.key`: an authority, or a server certificate for localhost signed by one."""
    key, pem = folder / f"{name}.key", folder / f"{name}.pem"
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}", "-days", "2"]
    signed = []
    if authority:
        signed = ["-CA", folder / f"{authority}.pem", "-CAkey", folder / f"{authority}.key"]
        signed += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        signed += ["-addext", "basicConstraints=critical,CA:FALSE"]
    command = ["openssl", "req", "-x509", *new, *signed, "-keyout", key, "-out", pem]
    subprocess.run(command, check=True, capture_output=True)
    return pem, key


def _pump(source, target):
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            target.sendall(chunk)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class Front:
    """Listens on loopback and passes each connection on to where `reach` leads."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self.listener.accept()[0]
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError):
            connection, target = self.reach(connection)
            threading.Thread(target=_pump, args=(connection, target), daemon=True).start()
            _pump(target, connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


class TLSFront(Front):
    """Takes TLS off and passes on to a plain URL."""

    def __init__(self, url, pem, key):
        self.target = (urlsplit(url).hostname, urlsplit(url).port)
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(pem, key)
        super().__init__()

    def reach(self, connection):
        return self.context.wrap_socket(connection, server_side=True), socket.create_connection(self.target)


class ConnectProxy(Front):
    """An HTTP proxy that knows CONNECT alone (RFC 9110 section 9.3.6)."""

    def reach(self, connection):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        method, authority, _ = head.split(b"\r\n")[0].decode().split(" ")
        assert method == "CONNECT"
        host, port = authority.rsplit(":", 1)
        target = socket.create_connection((host, int(port)))
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return connection, target
