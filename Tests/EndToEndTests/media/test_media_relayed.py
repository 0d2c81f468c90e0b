"""The browser client through the relay to an avatar that is seen and heard, and the README's page."""

import pytest
from support.session_page import SessionPage
from support.waiting import PATIENCE, until

SENTENCE = "Hello there. I came through the relay, and my voice did not."
STORY = "This is a story that goes on and on until somebody stops it. " * 10
FLUENT = {"kind": "agent", "fluent": True}

WATCH = """
() => {
  const video = document.body.appendChild(document.createElement("video"));
  session.attach(video);
  window.told = [];
  window.statistics = [];
  session.on("channelmessage", ({ text, binary }) => told.push([text, binary]));
  setInterval(async () => {
    const now = await session.statistics();
    if (now) statistics.push(now);
  }, 100);
}
"""


@pytest.fixture
def live_page(browser, live_relay, live_mock):
    context = browser.new_context()
    yield SessionPage(context.new_page(), live_relay.url)
    context.close()


def latest(page):
    return page.page.evaluate("statistics.at(-1)")


def open_live(page, **options):
    page.open(**options)
    page.page.evaluate(WATCH)
    page.page.wait_for_function("session.state === 'live'")


@pytest.mark.parametrize("options", [
    {"provider": "did", "options": {"stream_warmup": True}},
    {"provider": "did", "options": {"kind": "clip", "driver_id": "d"}, "avatar": "v2_public_alex"},
    {"provider": "did", "options": FLUENT, "avatar": "agt_1"},
    {"provider": "heygen", "options": {"quality": "low"}},
], ids=["talk", "clip", "fluent agent", "heygen"])
def test_an_avatar_is_live_and_talks(live_page, live_mock, options):
    open_live(live_page, **options)
    until(lambda: say(live_page), lambda told: not any(event["estimated"] for event in told), "a talk told by the provider's own events")
    live_page.page.wait_for_function(
        "statistics.at(-1)?.audio?.energy > 0.01 && statistics.at(-1).video.framesDecoded > 20", polling=100)
    seen = latest(live_page)
    assert seen["path"]["protocol"] == "udp"
    # Each is measured anew, and a busy machine takes longer.
    live_page.page.wait_for_function("statistics.some(({ path }) => path?.roundTripMs < 1000)", polling=100)
    assert seen["video"]["width"] > 0 and seen["audio"]["codec"] == "opus"
    live_page.assert_in_order()
    live_page.close()
    live_mock.assert_nothing_left()


def say(page):
    """What is told of a talk. The relay estimates what it hears two seconds late, as from a browser that is kept from running."""
    number = len({event["talk"] for event in page.heard("talk")})
    text = f"{SENTENCE} {number}"
    page.say(text)
    talk = page.fate(text)
    page.wait_for_talk(talk, "ended")
    told = [event for event in page.heard("talk") if event["talk"] == talk]
    assert [event["phase"] for event in told] == ["accepted", "started", "ended"]
    return told


def test_sound_is_heard_during_talks_only(live_page):
    open_live(live_page, provider="heygen", options={"quality": "low"})
    live_page.page.wait_for_function("statistics.at(-1)?.video?.framesDecoded > 5", polling=100)
    assert live_page.page.evaluate("statistics.at(-1).audio?.energy ?? 0") < 1e-6
    live_page.say(SENTENCE)
    live_page.wait_for_talk(live_page.fate(SENTENCE), "ended")
    live_page.page.wait_for_function("""() => {
      const late = statistics.slice(-6);
      const energy = late.at(-1)?.audio?.energy;
      return late.length === 6 && energy > 0.01 && energy - late[0].audio?.energy < 1e-6;
    }""", polling=100)
    live_page.close()


@pytest.mark.parametrize("options", [{"provider": "did", "options": FLUENT, "avatar": "agt_1"}, {"provider": "heygen"}],
                         ids=["by the data channel", "by a call"])
def test_interrupting_stops_the_sound(live_page, live_mock, options):
    open_live(live_page, **options)
    live_page.say(STORY)
    talk = live_page.fate(STORY)
    live_page.page.wait_for_function("statistics.at(-1)?.audio?.energy > 0.01", polling=100)
    # The provider's event says when it began; without it D-ID's message could not name the talk.
    live_page.wait_for_talk(talk, "started")
    live_page.page.evaluate("talk => session.interrupt(talk)", talk)
    live_page.wait_for_talk(talk, "ended")
    [said] = live_mock.get("sessions")["sessions"][-1]["talks"]
    assert said["phase"] == "interrupted"
    live_page.page.wait_for_function(
        "statistics.at(-1).audio?.energy - statistics.at(-5)?.audio?.energy < 1e-6", polling=100)
    assert live_page.complaints == []
    live_page.close()


def test_media_goes_on_while_the_connection_is_cut(live_page, live_mock):
    """Media never passes through the relay: a drop of the signaling connection is not seen."""
    open_live(live_page, provider="heygen", options={"quality": "low"})
    live_page.page.wait_for_function("statistics.at(-1)?.video?.framesDecoded > 5", polling=100)
    before = latest(live_page)["video"]["framesDecoded"]
    live_page.page.context.set_offline(True)
    live_page.page.wait_for_function("frames => statistics.at(-1).video.framesDecoded > frames + 5", arg=before, polling=100)
    live_page.page.context.set_offline(False)
    live_page.close()
    until(live_mock.open_sessions, lambda count: count == 0, "it was closed")


def test_a_path_that_was_never_found_is_told(live_page, live_mock):
    live_mock.post("media", {"stun": "silent"})
    live_page.begin(provider="did")
    live_page.wait_until_started()
    until(lambda: live_page.heard("error"), lambda seen: seen == [{"kind": "client.iceFailed"}], "no path", 2 * PATIENCE)
    assert live_page.page.evaluate("session.state") == "connecting"
    live_page.close()
