"""Starts the real program and a real browser, in a network of their own where that is possible."""

import os
import sys
from pathlib import Path

import network_namespace
import pytest
from console_page import ConsolePage
from dev_relay import DevRelay
from mock_control import MockControl
from playwright.sync_api import sync_playwright
from signaling_peer import signaling_peer

# A test that wants a ledger names one; the others leave no file behind.
os.environ.setdefault("AVATAR_RELAY_LEDGER", "none")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")

if os.environ.get("AVATAR_RELAY_NAMESPACE", "yes") == "yes" and not network_namespace.enter():
    print("End-to-end tests run in the machine's own network.", file=sys.stderr)


@pytest.fixture(scope="session")
def relay():
    with DevRelay() as relay:
        yield relay


@pytest.fixture
def mock(relay):
    """The mock, with nothing in it; afterwards no session may be open at it."""
    mock = MockControl(relay.mock)
    mock.reset()
    yield mock
    mock.assert_nothing_left()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
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
        context.close()


@pytest.fixture
def console(open_console):
    return open_console()


@pytest.fixture
def peer(relay, mock):
    with signaling_peer(relay.signaling) as peer:
        yield peer


@pytest.fixture(scope="session")
def screens():
    folder = Path(__file__).resolve().parents[2] / ".build-screens"
    folder.mkdir(exist_ok=True)
    return folder
