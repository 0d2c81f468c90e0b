"""What goes wrong at the provider, told by the console in words, and never leaving a session behind."""

import pytest
from playwright.sync_api import expect

NO_FREE_SESSION = "The provider has no free session"
REFUSED_OPENINGS = [
    ("did-talk", "did.create", {"error": "maxUserSessions"}, NO_FREE_SESSION, "Max user sessions reached"),
    ("did-talk", "did.create", {"error": "insufficientCredits"}, "credits ran out", "not enough credits"),
    ("did-talk", "did.create", {"error": "unauthorized"}, "refused the relay's key", "401"),
    ("did-talk", "did.create", {"status": 429, "times": 20}, "asks to slow down", "429"),
    ("heygen", "heygen.new", {"error": "concurrentLimit"}, NO_FREE_SESSION, "10004"),
]


@pytest.mark.parametrize("name, call, fault, title, words", REFUSED_OPENINGS)
def test_a_refused_opening(console, mock, name, call, fault, title, words):
    mock.fault(call, **fault)
    console.choose(name)
    console.page.get_by_role("button", name="Connect").click()
    notice = console.notice(title)
    expect(notice).to_be_visible()
    expect(notice).to_contain_text(words)
    expect(console.step("open", "failed")).to_be_visible()
    expect(console.page.get_by_role("button", name="Connect")).to_be_enabled()
    mock.post("reset")
    console.connect()
    console.close_session()


def test_a_refused_answer_closes_the_session(console, mock):
    mock.fault("did.sdp", status=400, body={"kind": "BadRequestError", "description": "bad answer"})
    console.page.get_by_role("button", name="Connect").click()
    expect(console.notice("The provider refused the request")).to_contain_text("bad answer")
    expect(console.page.get_by_role("button", name="Connect")).to_be_enabled()
    mock.assert_nothing_left()


def test_a_speak_of_unknown_fate_is_not_sent_again(console, mock):
    console.connect()
    console.wait_for_candidates()
    mock.fault("did.speak", drop=True, takesEffect=True)
    console.speak("Only once")
    expect(console.notice("Nobody knows whether this is spoken")).to_be_visible()
    assert len(mock.calls("did.speak")) == 1
    console.speak("And once more")
    expect(console.talk("And once more")).to_be_visible()
    console.close_session()


@pytest.mark.parametrize("name, silence", [("did-talk", 301_000), ("heygen", 181_000)])
def test_a_session_that_the_provider_forgot(console, mock, name, silence):
    console.choose(name)
    console.connect()
    console.wait_for_candidates()
    mock.advance(silence)
    console.speak("Anybody there?")
    expect(console.notice("The provider no longer knows the session")).to_be_visible()
    expect(console.page.locator("#caption")).to_contain_text("The provider ended the session")
    expect(console.page.get_by_role("button", name="Connect")).to_be_enabled()
    console.connect()
    console.close_session()


def test_a_relay_that_is_not_there(console):
    console.page.locator("#setup .more summary").click()
    console.page.get_by_label("Relay", exact=True).fill("ws://127.0.0.1:9/v1/signaling")
    console.page.get_by_role("button", name="Connect").click()
    expect(console.notice("No connection to the relay")).to_be_visible()
    expect(console.page.get_by_role("button", name="Connect")).to_be_enabled()
