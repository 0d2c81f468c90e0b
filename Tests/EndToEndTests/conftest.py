"""Starts the real program and a real browser, in a network of their own where that is possible."""

import os
import subprocess
import sys

import pytest
from playwright.sync_api import expect, sync_playwright
from support import network_namespace
from support.chromium import ARGUMENTS, CHROMIUM, WITHOUT_WINDOWS, close, patient
from support.console_page import ConsolePage
from support.mock_program import MockControl, running_mock
from support.relay_program import ROOT, DevRelay
from support.secret_watch import WATCH
from support.signaling_peer import signaling_peer
from support.waiting import PATIENCE
from support.web_pages import FILES, OwnPages

if os.environ.get("AVATAR_RELAY_NAMESPACE", "yes") == "yes" and not network_namespace.enter():
    print("End-to-end tests run in the machine's own network.", file=sys.stderr)

# Only a failure takes that long; a busy machine may take longer than Playwright's five seconds.
expect.set_options(timeout=PATIENCE * 1000)


def pytest_configure(config):
    """The web files are those of the sources. Once: the processes that share the work come after it."""
    if not hasattr(config, "workerinput"):
        subprocess.run([ROOT / "web/build"], check=True)


@pytest.fixture(scope="session", autouse=True)
def no_secret_is_seen():
    """Over the whole run: in no log of a relay or a mock, and in nothing that a client was sent."""
    yield
    assert not WATCH.found, WATCH.found


@pytest.fixture(scope="session")
def relay(no_secret_is_seen):
    """Signalling alone: many tests answer with made-up SDP, behind which nobody is. Who meets a provider's limit is
    told at once, since no test waits for a queue."""
    with DevRelay("--media", "none", "--limits-waiting-opens", "0") as relay:
        yield relay


@pytest.fixture(scope="session")
def live_relay(no_secret_is_seen):
    """With a mock that connects, speaks and is seen."""
    with DevRelay("--limits-waiting-opens", "0") as relay:
        yield relay


@pytest.fixture
def live_mock(live_relay):
    """The mock with media, with nothing in it; afterwards no session may be open at it."""
    mock = MockControl(live_relay.mock)
    mock.reset()
    yield mock
    mock.assert_nothing_left()


@pytest.fixture
def mock(relay):
    """The mock, with nothing in it; afterwards no session may be open at it."""
    mock = MockControl(relay.mock)
    mock.reset()
    yield mock
    mock.assert_nothing_left()


@pytest.fixture
def own_mock():
    """A mock without media that no other test uses, for tests that start their own relays."""
    with running_mock("--media", "none") as mock:
        yield mock
        mock.assert_nothing_left()


@pytest.fixture(scope="session")
def playwright():
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright):
    browser = patient(playwright.chromium.launch(executable_path=WITHOUT_WINDOWS, args=ARGUMENTS))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def windowed_browser(playwright):
    """Chromium as people have it."""
    browser = patient(playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS))
    yield browser
    browser.close()


@pytest.fixture
def open_console(browser, relay, mock):
    """Opens consoles, each in a context of its own."""
    contexts = []

    def open_one(**options):
        context = browser.new_context(**options)
        contexts.append(context)
        return ConsolePage(context.new_page(), relay.url)

    yield open_one
    for context in contexts:
        close(context)


@pytest.fixture
def console(open_console):
    return open_console()


@pytest.fixture
def open_live_console(browser, live_relay, live_mock):
    """Opens consoles whose avatars are seen and heard, each in a context of its own."""
    contexts = []

    def open_one(**options):
        context = browser.new_context(**options)
        contexts.append(context)
        return ConsolePage(context.new_page(), live_relay.url)

    yield open_one
    for context in contexts:
        close(context)


@pytest.fixture
def live_console(open_live_console):
    return open_live_console()


@pytest.fixture
def peer(relay, mock):
    with signaling_peer(relay.signaling) as peer:
        yield peer


@pytest.fixture(scope="session")
def demo_pages():
    """The vendors' demo pages, at an origin of their own."""
    with OwnPages(FILES) as pages:
        yield pages


@pytest.fixture(scope="session")
def screens():
    folder = ROOT / ".build-screens"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def demo_page(browser, demo_pages):
    """Opens a demo page that calls an API at a base URL. Whatever it complains of is kept, but for failed loads (any 4xx)."""
    contexts = []

    def open_one(vendor, api, query):
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        # A page that may not read an answer says so here.
        page.on("console", lambda message: "CORS" in message.text and page.complaints.append(message.text))
        page.goto(f"{demo_pages.url}/{vendor}?api={api.replace('127.0.0.1', 'localhost')}{query}")
        return page

    yield open_one
    for context in contexts:
        context.close()
