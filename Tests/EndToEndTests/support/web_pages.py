"""Serves pages of another origin than the relay's and the mock's, as a user's own web server does."""

import http.server
import threading
from functools import partial
from pathlib import Path

from .relay_program import ROOT

DEMO = Path(__file__).resolve().parent / "demo"
# The pages that make the vendors' demos' calls, with what measures the media that they get.
FILES = {
    "/watch.js": (DEMO / "watch.js").read_text(encoding="utf-8"),
    "/frame-strip.js": (ROOT / "web/console/media/frame-strip.js").read_text(encoding="utf-8"),
    "/favicon.ico": "",
}
for vendor in ("did", "heygen", "agent"):
    FILES[f"/{vendor}.js"] = (DEMO / f"{vendor}.js").read_text(encoding="utf-8")
    FILES[f"/{vendor}"] = f'<!doctype html><title>demo</title><script type="module" src="/{vendor}.js"></script>'


class OwnPages:
    """Files by name, at a port of the system's choice on loopback."""

    def __init__(self, files):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, files))
        self.url = f"http://localhost:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    def __init__(self, files, *arguments):
        self.files = files
        super().__init__(*arguments)

    def do_GET(self):  # noqa: N802
        path = self.path.split("?")[0]
        text = self.files.get(path)
        body = (text or "no such file").encode()
        self.send_response(404 if text is None else 200)
        self.send_header("Content-Type", "text/javascript" if path.endswith(".js") else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing."""
