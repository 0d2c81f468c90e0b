"""Measures what a browser's page needs that calls the provider itself: a new connection, and a preflight for each path."""

import contextlib
import functools
import http.server
import os
import threading
from pathlib import Path

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SDP = "".join(line + "\r\n" for line in (
    "v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE a",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", "a=ice-ufrag:aBcD",
    "a=ice-pwd:0123456789abcdefghijklmn", "a=fingerprint:sha-256 " + ":".join(["AB"] * 32), "a=setup:active", "a=mid:a",
    "a=sctp-port:5000"))


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Page:
    """Chromium and a page of an origin of its own. Each session is a new visitor's: nothing is kept from the last."""

    def __init__(self):
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        from playwright.sync_api import sync_playwright

        with contextlib.ExitStack() as stack:
            folder = functools.partial(Quiet, directory=str(Path(__file__).parent))
            server = stack.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), folder))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            self.url = f"http://127.0.0.1:{server.server_port}/page.html"
            playwright = stack.enter_context(sync_playwright())
            # The certificate's authority is this measurement's own.
            self.browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--ignore-certificate-errors"])
            stack.callback(self.browser.close)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *exception):
        return self.stack.__exit__(*exception)

    def session(self, url, provider, candidates):
        """The milliseconds of open, answer, candidates, open to last candidate, speak, close."""
        context = self.browser.new_context()
        try:
            page = context.new_page()
            page.goto(self.url)
            return page.evaluate("measure", dict(url=url, provider=provider, candidates=candidates, sdp=SDP))
        finally:
            context.close()
