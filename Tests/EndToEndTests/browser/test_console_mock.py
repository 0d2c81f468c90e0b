"""The console's card for the mock: what goes wrong next, and what it was asked, all through the relay's own address."""

import http.client
import json
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from support.relay_program import ServingRelay
from support.waiting import until


def open_card(console):
    expect(console.page.locator("#mock")).to_be_visible()
    console.page.locator("#mock > summary").click()
    expect(console.page.locator("#mock-error option").first).to_be_attached()


def force(console, call, effect, **error):
    page = console.page
    page.locator("#mock-call").select_option(call)
    page.locator("#mock-effect").select_option(effect)
    if error:
        page.locator("#mock-error").select_option(error["error"])
    page.get_by_role("button", name="Force").click()
    expect(page.locator("#mock-pending")).to_contain_text(call)


def outcome(console, words):
    expect(console.page.locator("#mock-outcome")).to_contain_text(words)


def test_the_next_call_gets_an_error_of_the_mocks_own_list(console, mock):
    open_card(console)
    names = console.page.locator("#mock-error option").evaluate_all("options => options.map(({ value }) => value)")
    assert names == [error["name"] for error in mock.get("errors")["did"]]
    force(console, "did.create", "error", error="maxUserSessions")
    console.page.get_by_role("button", name="Connect").click()
    expect(console.notice("The provider has no free session")).to_be_visible()
    console.page.get_by_text("What it was asked").click()
    expect(console.page.locator("#mock-entries .call.wrong", has_text="did.create")).to_be_visible()
    console.assert_clean()


def test_errors_are_those_of_the_calls_vendor(console, mock):
    open_card(console)
    console.page.locator("#mock-call").select_option("heygen.task")
    names = console.page.locator("#mock-error option").evaluate_all("options => options.map(({ value }) => value)")
    assert names == [error["name"] for error in mock.get("errors")["heygen"]]


def test_a_slow_call_takes_its_time(console, mock):
    open_card(console)
    force(console, "did.create", "delay")
    console.page.get_by_role("button", name="Connect").click()
    expect(console.step("open", "active")).to_be_visible()
    console.page.get_by_role("button", name="+ 1 min").click()
    outcome(console, "60 s further")
    expect(console.step("open", "done")).to_be_visible()
    console.close_session()


def test_a_lost_answer_is_of_a_call_that_was_carried_out(console, mock):
    open_card(console)
    console.connect()
    console.wait_for_candidates()
    force(console, "did.speak", "lost")
    console.speak("Did you say it?")
    expect(console.notice("Nobody knows whether this is spoken")).to_be_visible()
    [spoken] = mock.calls("did.speak")
    assert spoken["status"] == 0
    [session] = mock.get("sessions?state=open")["sessions"]
    assert len(session["talks"]) == 1, "it is said"
    console.close_session()


def test_a_talk_of_unknown_fate_that_is_heard_is_known(live_console, live_mock):
    console = live_console
    open_card(console)
    console.connect()
    console.wait_until_live()
    force(console, "did.speak", "lost")
    console.speak("Listen whether you hear this, for nobody knows yet.")
    expect(console.notice("It is spoken after all")).to_be_visible()
    expect(console.notice("Nobody knows whether this is spoken")).to_have_count(0)
    console.close_session()


def test_a_fault_can_be_taken_back(console, mock):
    open_card(console)
    force(console, "did.create", "drop")
    console.page.get_by_role("button", name="Forget").click()
    expect(console.page.locator("#mock-pending")).to_be_empty()
    assert mock.get("faults")["faults"] == []


def test_the_idle_limit_is_five_minutes_away(console, mock):
    open_card(console)
    console.connect()
    console.wait_for_candidates()
    console.page.get_by_role("button", name="+ 5 min").click()
    until(mock.open_sessions, lambda count: count == 0, "the session ended by the idle limit")
    # The relay's clock goes with the mock's: it says why, and nobody has to find out by a talk that is refused.
    expect(console.page.locator("#caption")).to_contain_text("Nothing was said for too long")
    expect(console.page.get_by_role("button", name="Connect")).to_be_enabled()


def test_the_network_gets_worse_under_a_session(live_console, live_mock):
    console, page = live_console, live_console.page
    open_card(console)
    console.connect()
    console.wait_until_live()
    page.locator("#mock-loss").fill("30")
    page.locator("#mock-delay").fill("200")
    page.get_by_role("button", name="Apply").click()
    outcome(console, "this session and for new ones")
    console.speak("Every third word of this is lost, and all of them are late, as in a train.")
    console.wait_until_shown("loss b", r"(?!0\.0 ).* %")
    until(
        lambda: console.figure("roundTrip")[0], lambda seen: seen.endswith("ms") and float(seen.split()[0]) >= 100, "delay",
    )
    page.get_by_role("button", name="Fair").click()
    outcome(console, "fair")
    expect(page.locator("#mock-loss")).to_have_value("")
    console.close_session()


def test_a_reset_ends_everything(console, mock):
    open_card(console)
    console.connect()
    console.wait_for_candidates()
    force(console, "did.speak", "drop")
    console.page.get_by_role("button", name="Reset the mock").click()
    outcome(console, "gone")
    assert mock.get("faults")["faults"] == [] and mock.get("requests")["requests"] == []
    assert mock.open_sessions() == 0
    # What the relay has still to say of it is said before another test looks at the journal.
    console.close_session()


def ask(address, method, path, body=None, **headers):
    connection = http.client.HTTPConnection(urlsplit(address).netloc)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    return response.status, response.read()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Host": "rebound.example"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
)
def test_pages_from_elsewhere_do_not_reach_the_mock(relay, mock, headers):
    assert ask(relay.url, "POST", "/__admin/reset", **headers)[0] == 403


@pytest.mark.parametrize("path, status", [("/__admin/../v1/streaming.list", 404), ("/__admin/nothing", 404)])
def test_nothing_but_the_control_surface_is_reached(relay, mock, path, status):
    assert ask(relay.url, "GET", path)[0] == status
    assert mock.get("requests")["requests"] == []


def test_what_the_mock_refuses_is_passed_on(relay, mock):
    assert ask(relay.url, "PUT", "/__admin/reset")[0] == 405
    status, body = ask(relay.url, "POST", "/__admin/clock", '{"advanceMs": -1}', Content_Type="application/json")
    assert status == 400 and json.loads(body)["error"]["code"] == "invalid"


def test_a_relay_that_serves_has_no_mock(own_mock):
    with ServingRelay(own_mock.api) as serving:
        address = serving.signaling.replace("ws:", "http:")
        assert ask(address, "GET", "/__admin/health")[0] == 404
        status, body = ask(address, "GET", "/v1/providers")
        assert (status, json.loads(body)) == (200, {"providers": ["did", "heygen"], "mock": False, "passThrough": False})
        assert ask(address, "GET", "/v1/providers", Origin="https://elsewhere.example")[0] == 403
