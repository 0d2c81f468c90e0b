"""Takes WebSockets as D-ID's notifications host does: whoever shows a key is told what a test says."""

import queue
import threading
import urllib.parse

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from .waiting import PATIENCE, until


class VendorSockets:
    """A host of its own on loopback. `refusal` is the status that handshakes are answered with instead."""

    def __init__(self, refusal=None):
        self.refusal = refusal
        self.shown = []
        self.sockets = []
        self.heard = queue.Queue()
        self.ended = queue.Queue()
        self.server = serve(
            self._take, "127.0.0.1", 0, process_request=self._refuse, open_timeout=PATIENCE, ping_interval=None)
        self.url = f"ws://127.0.0.1:{self.server.socket.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()

    def _refuse(self, socket, _):
        return socket.respond(self.refusal, "no") if self.refusal else None

    def _take(self, socket):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(socket.request.path).query)
        self.shown += query["authorization"]
        self.sockets.append(socket)
        try:
            for text in socket:
                self.heard.put(text)
        except ConnectionClosed:
            pass
        self.ended.put(socket.close_code)

    def socket(self, count=1):
        """The latest of so many."""
        return until(lambda: list(self.sockets), lambda sockets: len(sockets) >= count, f"{count} sockets")[-1]
