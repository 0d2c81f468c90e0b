"""The README's page in a browser, its face seen and heard, without a key: pytest, Playwright, relay and mock."""

import functools
import http.server
import os
import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from relay import running_relay

PAGE = Path(__file__).parent / "index.html"


@pytest.fixture
def page():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


@pytest.fixture
def address(avatar_mock, tmp_path):
    """Where the page is served, as a web server of one's own does; the relay beside it calls the mock for D-ID."""
    with running_relay(avatar_mock) as relay:
        (tmp_path / "index.html").write_text(PAGE.read_text().replace("localhost:8080", relay))
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://localhost:{server.server_port}"
            server.shutdown()


def test_the_page_speaks(avatar_mock, page, address):
    page.goto(address)
    call = avatar_mock.wait_for("did.speak", text__contains="Hello", stage="answered", timeout=60)
    assert call.status == 200
    # The face moves.
    page.wait_for_function("document.querySelector('#face').getVideoPlaybackQuality().totalVideoFrames > 20", timeout=60_000)
    page.close()
    avatar_mock.verify_no_open_sessions(timeout=60)
