"""The connection between a real browser and the real relay is cut; the session comes back, nothing happens twice."""

import re

import pytest
from playwright.sync_api import expect
from support import network_namespace
from support.console_page import ConsolePage
from support.mock_program import MockControl
from support.relay_program import DevRelay
from support.session_page import SessionPage
from support.tcp_forwarder import NetworkCutter
from support.waiting import until


@pytest.fixture
def network(relay):
    with NetworkCutter(relay.url) as network:
        yield network


@pytest.fixture
def open_page(browser, network, mock):
    """Opens pages behind the cutter, all in tabs of one window."""
    context = browser.new_context()
    yield lambda: SessionPage(context.new_page(), network.url)
    context.close()


@pytest.fixture
def page(open_page):
    return open_page()


def spoken(mock):
    return [entry["body"]["script"]["input"] for entry in mock.calls("did.speak")]


def creations(mock):
    return len(mock.calls("did.create"))


def cut_and_restore(network, page):
    network.cut()
    page.wait_for_phase("resuming")
    network.restore()
    page.wait_for_phase("connected")


def test_cut_while_idle(page, network, mock):
    page.open()
    before = page.page.evaluate("session.id")
    cut_and_restore(network, page)
    [resumed] = page.heard("resumed")
    assert resumed["replayed"] == 0 and not resumed["resynced"]
    assert page.page.evaluate("session.id") == before
    page.say("Back again")
    page.wait_for_talk(page.fate("Back again"), "ended")
    assert spoken(mock) == ["Back again"]
    assert creations(mock) == 1
    page.close()
    page.assert_in_order()
    mock.assert_nothing_left()


def test_cut_again_and_again(page, network, mock):
    page.open()
    for number in range(5):
        network.cut()
        page.say(f"Number {number}")
        network.restore()
        page.wait_for_talk(page.fate(f"Number {number}"), "ended")
    assert spoken(mock) == [f"Number {number}" for number in range(5)]
    assert len(page.heard("resumed")) >= 5
    page.close()
    page.assert_in_order()


def cut_during(call, begin, page, network, mock):
    """The connection is lost while the provider takes a minute to answer a call."""
    mock.fault(call, delayMs=60_000)
    begin()
    mock.wait_for_calls(call, 1)
    network.cut()
    page.wait_for_phase("resuming")


def test_cut_while_a_talk_is_on_its_way(page, network, mock):
    page.open()
    cut_during("did.speak", lambda: page.say("Only once"), page, network, mock)
    page.say("And this later")
    mock.advance(60_000)
    network.restore()
    page.wait_for_talk(page.fate("Only once"), "ended")
    page.wait_for_talk(page.fate("And this later"), "ended")
    assert spoken(mock) == ["Only once", "And this later"]
    speaks = [entry for entry in page.page.evaluate("sent") if entry["method"] == "session.speak"]
    ids = [entry["id"] for entry in speaks]
    assert len(set(ids)) == 2 and ids.count(ids[0]) >= 2, "sent again under its old id"
    page.close()
    page.assert_in_order()


def test_cut_while_it_answers(page, network, mock):
    cut_during("did.sdp", page.begin, page, network, mock)
    mock.advance(60_000)
    network.restore()
    page.wait_until_started()
    assert creations(mock) == 1 and len(mock.calls("did.sdp")) == 1
    candidates = [entry["body"].get("candidate") for entry in mock.calls("did.ice")]
    assert len(candidates) == len(set(candidates)), "each candidate once"
    page.close()
    page.assert_in_order()


def test_cut_while_it_opens(page, network, mock):
    """Nobody has the secret of what was being opened: the relay ends it, and the page gets another."""
    cut_during("did.create", page.begin, page, network, mock)
    network.restore()
    mock.wait_for_calls("did.create", 2)
    mock.advance(60_000)
    page.wait_until_started()
    until(mock.open_sessions, lambda count: count == 1, "only the session that the page has")
    page.close()
    page.assert_in_order()
    mock.assert_nothing_left()


def test_a_network_that_goes_silent(page, network, mock):
    """Nothing says that it is gone: the client asks, and finds out by itself."""
    page.open()
    network.silence()
    page.page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_phase("resuming")
    network.cut()
    network.restore()
    page.wait_for_phase("connected")
    page.say("Still here")
    page.wait_for_talk(page.fate("Still here"), "ended")
    page.close()
    mock.assert_nothing_left()


def test_restored_after_the_grace_time(browser):
    with DevRelay("--time-grace-seconds", "2") as relay, NetworkCutter(relay.url) as network:
        mock = MockControl(relay.mock)
        context = browser.new_context()
        page = SessionPage(context.new_page(), network.url)
        page.open()
        assert page.page.evaluate("session.limits.graceMs") == 2000
        mock.fault("did.speak", delayMs=60_000)
        page.say("Whatever became of me")
        mock.wait_for_calls("did.speak", 1)
        network.cut()
        [closed] = page.wait_for("closed")
        assert (closed["reason"], closed["action"]) == ("connectionLost", "reconnect")
        assert page.fate("Whatever became of me") == "talk.unknown"
        mock.assert_nothing_left()
        network.restore()
        page.open()
        page.close()
        mock.assert_nothing_left()
        context.close()


def test_sigterm_ends_the_session_with_reason_and_action(browser):
    with DevRelay() as relay, NetworkCutter(relay.url) as network:
        mock = MockControl(relay.mock)
        context = browser.new_context()
        page = SessionPage(context.new_page(), network.url)
        page.open()
        relay.terminate()
        [closed] = page.wait_for("closed")
        assert (closed["reason"], closed["action"]) == ("draining", "reconnect")
        assert page.heard("draining")[0]["deadlineMs"] > 0
        assert mock is not None and relay.wait() == 0
        assert page.page.evaluate("session.status.phase") == "ended"
        context.close()


def test_a_reload_ends_the_old_session_and_opens_another(page, network, mock):
    page.open(resumeAcrossReloads=True)
    first = page.page.evaluate("session.id")
    page.page.reload()
    page.open(resumeAcrossReloads=True)
    assert page.page.evaluate("session.id") != first
    until(mock.open_sessions, lambda count: count == 1, "only the new session")
    page.close()
    assert page.page.evaluate("sessionStorage.length") == 0
    mock.assert_nothing_left()


def test_a_reload_while_the_network_is_down_leaks_nothing(browser, relay, network, mock):
    """The page could not say goodbye; the next one does it for it."""
    context = browser.new_context()
    # The page itself comes another way, so that it can be loaded without the network.
    page = SessionPage(context.new_page(), relay.url)
    options = {"url": network.url.replace("http", "ws") + "/v1/signaling", "resumeAcrossReloads": True}
    page.open(**options)
    first = page.page.evaluate("session.id")
    network.cut()
    page.wait_for_phase("resuming")
    page.page.reload()
    network.restore()
    assert mock.open_sessions() == 1
    page.open(**options)
    [recovered] = page.heard("recovered")
    assert recovered == {"session": first, "outcome": "replaced"}
    until(mock.open_sessions, lambda count: count == 1, "only the new session")
    assert creations(mock) == 2
    page.say("Fresh")
    page.wait_for_talk(page.fate("Fresh"), "ended")
    page.close()
    mock.assert_nothing_left()
    context.close()


def test_a_tab_that_was_duplicated_takes_over(open_page, network, mock):
    """Chromium copies the session storage with the tab: the later one has the session, the earlier one stops."""
    first = open_page()
    first.open(resumeAcrossReloads="my session")
    stored = first.page.evaluate("sessionStorage.getItem('my session')")
    assert first.page.evaluate("session.id") in stored
    second = open_page()
    second.page.evaluate("stored => sessionStorage.setItem('my session', stored)", stored)
    second.open(resumeAcrossReloads="my session")
    assert second.heard("recovered")[0]["outcome"] == "replaced"
    [closed] = first.wait_for("closed")
    assert (closed["reason"], closed["action"]) == ("takenOver", "stop")
    assert second.page.evaluate("session.status.phase") == "connected"
    until(mock.open_sessions, lambda count: count == 1, "one session is left")
    assert first.page.evaluate("sessionStorage.getItem('my session')") is None
    second.close()
    mock.assert_nothing_left()


def test_a_closed_tab_costs_no_grace_time(page, network, mock):
    page.open()
    page.page.close()
    mock.assert_nothing_left()



def test_a_full_provider_is_waited_for_also_over_a_cut(browser):
    """The position is shown; whoever loses the connection gets in line again, and nobody is served twice."""
    with DevRelay("--did-max-sessions", "1") as relay, NetworkCutter(relay.url) as network:
        mock = MockControl(relay.mock)
        context = browser.new_context()
        first = SessionPage(context.new_page(), relay.url)
        first.open()
        second = SessionPage(context.new_page(), network.url)
        second.begin()
        assert second.wait_for_phase("waiting")["position"] == 1
        network.cut()
        second.wait_for_phase("resuming")
        network.restore()
        assert second.wait_for_phase("waiting")["position"] == 1
        assert creations(mock) == 1
        first.close()
        second.wait_until_started()
        assert creations(mock) == 2 and mock.open_sessions() == 1
        second.close()
        second.assert_in_order()
        mock.assert_nothing_left()
        context.close()


def test_heygen_comes_back_too(page, network, mock):
    page.open(provider="heygen")
    cut_during("heygen.task", lambda: page.say("Only once"), page, network, mock)
    mock.advance(60_000)
    network.restore()
    page.wait_for_talk(page.fate("Only once"), "ended")
    assert len(mock.calls("heygen.task")) == 1
    page.close()
    page.assert_in_order()
    mock.assert_nothing_left()


def test_an_interface_that_goes_down_and_up(browser, relay, mock):
    """Nobody resets anything here: packets are lost, as where somebody leaves the house."""
    if not network_namespace.entered:
        pytest.skip("this machine grants no network of the tests' own")
    context = browser.new_context()
    page = SessionPage(context.new_page(), relay.url)
    page.open()
    network_namespace.set_loopback("down")
    try:
        page.say("Into the void")
        page.page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_phase("resuming")
    finally:
        network_namespace.set_loopback("up")
    page.wait_for_phase("connected")
    page.wait_for_talk(page.fate("Into the void"), "ended")
    assert spoken(mock) == ["Into the void"]
    page.close()
    page.assert_in_order()
    mock.assert_nothing_left()
    context.close()


LOOKS = {
    "light": {"viewport": {"width": 1400, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1400, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
}


@pytest.mark.parametrize("look", LOOKS)
def test_the_console_shows_that_it_is_away_and_back(browser, network, mock, screens, look):
    context = browser.new_context(**LOOKS[look])
    console = ConsolePage(context.new_page(), network.url)
    console.connect()
    console.wait_for_candidates()
    network.cut()
    banner = console.page.locator("#banner")
    expect(banner).to_contain_text("The connection to the relay is lost")
    expect(banner).to_contain_text(re.compile(r"Attempt ([4-9]|\d\d)"))
    expect(console.chip("connection", "resuming")).to_be_visible()
    assert console.page.evaluate("document.documentElement.scrollWidth") == LOOKS[look]["viewport"]["width"]
    console.page.screenshot(path=screens / f"{look}-4-resuming.png", full_page=look == "phone")
    console.speak("While it was away")
    network.restore()
    expect(console.notice("The session is back")).to_be_visible()
    expect(banner).to_be_hidden()
    expect(console.talk("While it was away")).to_have_attribute("data-phase", "ended")
    console.page.screenshot(path=screens / f"{look}-5-back.png", full_page=look == "phone")
    assert spoken(mock) == ["While it was away"]
    console.close_session()
    assert console.page.evaluate("window.violations") == []
    context.close()


def test_the_console_cuts_its_own_connection(console, mock):
    cut = console.page.get_by_role("button", name="Cut")
    expect(cut).to_be_disabled()
    console.connect()
    console.wait_for_candidates()
    cut.click()
    expect(console.notice("The session is back")).to_be_visible()
    expect(console.chip("connection", "open")).to_be_visible()
    expect(cut).to_be_enabled()
    console.close_session()
    expect(cut).to_be_disabled()
    console.assert_clean()
