"""Whole sessions from the console page to the mock provider and back, for each kind of avatar."""

import pytest
from playwright.sync_api import expect
from support.console_page import CHOICES
from support.waiting import PATIENCE, until

PREFIX = {"did-talk": "/talks/", "did-clip": "/clips/", "did-agent": "/agents/", "heygen": "/v1/streaming."}


def test_the_page_loads_clean_and_under_its_policy(console):
    assert console.response.status == 200
    assert "default-src 'self'" in console.response.headers["content-security-policy"]
    expect(console.page.get_by_role("button", name="Connect")).to_be_enabled()
    expect(console.page.get_by_role("button", name="Speak")).to_be_disabled()
    console.assert_clean()


@pytest.mark.parametrize("name", CHOICES)
def test_a_session_from_open_to_close(console, mock, name):
    console.choose(name)
    console.connect()
    assert console.page.evaluate("document.querySelector('#video').srcObject !== null")
    expect(console.step("offer", "done")).to_be_visible()
    console.wait_for_candidates()
    check_calls(console, mock, name)
    console.speak("Good morning")
    expect(console.talk("Good morning")).to_have_attribute("data-phase", "ended")
    phases = [message["params"]["phase"] for message in console.received if message.get("method") == "session.talk"]
    assert phases == ["accepted", "started", "ended"]
    console.close_session()
    expect(console.chip("session", "closed")).to_be_visible()
    expect(console.chip("connection", "closed")).to_be_visible()
    mock.assert_nothing_left()
    check_ids(console)
    console.assert_clean()


def test_did_is_called_by_messages_where_that_is_chosen(console, mock):
    console.page.get_by_label("Called by").select_option("WebSocket")
    console.connect()
    console.wait_for_candidates()
    console.speak("Good morning")
    expect(console.talk("Good morning")).to_have_attribute("data-phase", "accepted")
    assert [entry["text"] for entry in mock.calls("did.streamText")] == ["Good morning", " "]
    assert {entry["method"] for entry in mock.get("requests")["requests"]} == {"WS"}
    console.close_session()
    console.assert_clean()


def check_calls(console, mock, name):
    create, answer, candidates = provider_calls(mock, name)
    assert create["status"] in (200, 201) and PREFIX[name] in create["path"]
    assert answer["status"] == 200
    sent = console.candidates_sent()
    assert len(sent) > 1 and sent[-1] is None and None not in sent[:-1], "the end of candidates comes last, once"
    members = ("candidate", "sdpMid", "sdpMLineIndex")
    if name == "heygen":
        # HeyGen has no call for the end of candidates.
        got = [entry["body"]["candidate"] for entry in candidates]
    else:
        got = [entry["body"] for entry in candidates[:-1]]
        assert set(candidates[-1]["body"]) == {"session_id"}, "the end of candidates"
    assert [pick(body, members) for body in got] == [pick(init, members) for init in sent[:-1]]
    assert all(entry["number"] > answer["number"] for entry in candidates), "candidates follow the answer"
    assert all(entry["status"] == 200 for entry in candidates)


def provider_calls(mock, name):
    if name == "heygen":
        [create], [answer] = mock.calls("heygen.new"), mock.calls("heygen.start")
        return create, answer, mock.calls("heygen.ice")
    [create], [answer] = mock.calls("did.create"), mock.calls("did.sdp")
    return create, answer, mock.calls("did.ice")


def pick(body, members):
    return {member: body.get(member) for member in members}


def check_ids(console):
    assert [message["id"] for message in console.sent] == list(range(1, len(console.sent) + 1))
    numbers = [message["params"]["seq"] for message in console.received if "seq" in message.get("params", {})]
    assert numbers == list(range(1, len(numbers) + 1))
    answered = [message["id"] for message in console.received if "id" in message]
    assert sorted(answered) == [message["id"] for message in console.sent]


@pytest.mark.parametrize("name", ["did-talk", "heygen"])
def test_a_closed_tab_leaves_nothing(open_console, mock, name):
    console = open_console()
    console.choose(name)
    console.connect()
    assert mock.open_sessions() == 1
    # While it is still sending, its goodbye may not leave any more.
    console.wait_for_candidates()
    console.page.close()
    mock.assert_nothing_left()


def test_a_tab_closed_while_the_session_opens_leaves_nothing(console, mock):
    mock.fault("did.create", delayMs=60_000)
    console.page.get_by_role("button", name="Connect").click()
    expect(console.step("open", "active")).to_be_visible()
    mock.wait_for_calls("did.create", 1)
    console.page.close()
    mock.advance(60_000)
    until(lambda: mock.calls("did.delete"), lambda calls: len(calls) == 1, "the session that came too late is closed")
    mock.assert_nothing_left()


def test_a_reload_leaves_nothing_and_a_new_session_opens(console, mock):
    console.connect()
    console.wait_for_candidates()
    console.page.reload()
    mock.assert_nothing_left()
    console.connect()
    assert mock.open_sessions() == 1
    console.close_session()


def test_two_tabs_do_not_disturb_each_other(open_console, mock):
    first, second = open_console(), open_console()
    first.connect()
    second.choose("heygen")
    second.connect()
    assert mock.open_sessions() == 2
    first.close_session()
    until(mock.open_sessions, lambda count: count == 1, "one session is left")
    second.wait_for_candidates()
    second.speak("Still here")
    expect(second.talk("Still here")).to_have_attribute("data-phase", "ended")
    second.close_session()


def test_interrupt_and_extend_reach_heygen(console, mock):
    console.choose("heygen")
    console.connect()
    console.wait_for_candidates()
    console.speak("A story that is long enough to be interrupted, for it goes on" + " and on" * 100)
    expect(console.page.locator(".talk")).to_be_visible()
    console.page.get_by_role("button", name="Interrupt").click()
    mock.wait_for_calls("heygen.interrupt", 1)
    console.page.get_by_role("button", name="Extend").click()
    mock.wait_for_calls("heygen.keepAlive", 1)
    console.close_session()


def test_ssml_goes_as_it_is(console, mock):
    console.connect()
    console.wait_for_candidates()
    console.page.get_by_role("radio", name="SSML").check()
    console.page.get_by_label("SSML to speak").fill("<speak>One</speak>")
    console.page.get_by_role("button", name="Speak").click()
    [entry] = mock.wait_for_calls("did.speak", 1)
    assert entry["body"]["script"] == {"type": "text", "input": "<speak>One</speak>", "ssml": True}
    console.close_session()


def test_no_media_is_told_in_words_and_the_session_stays_usable(console, mock):
    console.connect()
    console.wait_for_candidates()
    expect(console.notice("No path for media was found")).to_be_visible(timeout=2000 * PATIENCE)
    expect(console.page.locator("#caption")).to_contain_text("Signaling is up, no media")
    console.speak("Can you hear me?")
    expect(console.talk("Can you hear me?")).to_have_attribute("data-phase", "ended")
    console.close_session()


def test_the_keyboard_is_enough_and_keeps_its_place(console, mock):
    page = console.page
    inside = "document.querySelector('#setup').contains(document.activeElement)"
    page.get_by_role("button", name="Connect").focus()
    page.keyboard.press("Enter")
    expect(console.step("answer", "done")).to_be_visible()
    console.wait_for_candidates()
    assert page.evaluate(inside), "the button that was pressed is disabled, its form is not left"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "close"
    page.get_by_label("Text to speak").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".talk")).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).focus()
    page.keyboard.press("Enter")
    expect(console.step("closed", "done")).to_be_visible()
    expect(page.get_by_role("button", name="Connect")).to_be_enabled()
    assert page.evaluate(inside)
    # Nothing is under way any more, and a screen reader hears so.
    expect(console.page.locator('[data-step][data-status="active"]')).to_have_count(0)
    expect(console.page.get_by_label("live: not yet")).to_be_visible()
