"""Limits that strike by themselves, in time that the test moves, and the end of the program."""

import pytest
from playwright.sync_api import expect
from support.console_page import ConsolePage
from support.mock_program import MockControl
from support.relay_program import DevRelay
from support.signaling_peer import signaling_peer


@pytest.fixture
def warning_relay():
    """Warns as long before the idle limit as the slowest machine may take to read the warning and to speak."""
    with DevRelay("--did-idle-seconds", "170", "--time-warning-seconds", "85") as relay:
        yield relay


def test_the_console_warns_and_then_says_why_it_is_over(browser, warning_relay):
    # By way of the relay, so that its clock moves, too.
    mock = MockControl(warning_relay.url.removesuffix("/console/"))
    context = browser.new_context()
    console = ConsolePage(context.new_page(), warning_relay.url)
    console.connect()
    console.wait_for_candidates()
    warning = console.notice("The session ends in")
    expect(warning).to_have_count(0)
    mock.advance(86_000)
    expect(warning).to_be_visible()
    expect(warning).to_contain_text("Speak to keep it alive")
    console.speak("Alive")
    expect(warning).to_have_count(0)
    expect(console.talk("Alive")).to_have_attribute("data-phase", "ended")
    mock.advance(171_000)
    expect(console.page.locator("#caption")).to_contain_text("Nothing was said for too long")
    expect(console.page.get_by_role("button", name="Connect")).to_be_enabled()
    mock.assert_nothing_left()
    context.close()


def test_sigterm_closes_every_session_and_exits_with_0():
    with DevRelay() as relay, signaling_peer(relay.signaling) as peer:
        session = peer.ask("session.open", provider="heygen")["session"]
        relay.terminate()
        assert peer.wait_for("server.draining")["deadlineMs"] > 0
        ended = peer.wait_for("session.closed", session=session)
        assert (ended["reason"], ended["action"]) == ("draining", "reconnect")
        assert peer.close_code() == 4000
        assert relay.wait() == 0
