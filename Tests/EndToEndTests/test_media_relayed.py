"""The browser client through the relay to an avatar that is seen and heard, and the README's page."""

import pytest
from session_page import SessionPage
from waiting import until

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
def page(browser, live_relay, live_mock):
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
def test_an_avatar_is_live_and_talks(page, live_mock, options):
    open_live(page, **options)
    page.say(SENTENCE)
    talk = page.fate(SENTENCE)
    page.wait_for_talk(talk, "ended")
    ended = [event for event in page.heard("talk") if event["talk"] == talk]
    assert [event["phase"] for event in ended] == ["accepted", "started", "ended"]
    assert not any(event["estimated"] for event in ended), "the provider's own events said so"
    page.page.wait_for_function(
        "statistics.at(-1)?.audio?.energy > 0.01 && statistics.at(-1).video.framesDecoded > 20", polling=100)
    seen = latest(page)
    assert seen["path"]["protocol"] == "udp" and seen["path"]["roundTripMs"] < 1000
    assert seen["video"]["width"] > 0 and seen["audio"]["codec"] == "opus"
    page.assert_in_order()
    page.close()
    live_mock.assert_nothing_left()


def test_sound_is_heard_during_talks_only(page):
    open_live(page, provider="heygen", options={"quality": "low"})
    page.page.wait_for_function("statistics.at(-1)?.video?.framesDecoded > 5", polling=100)
    assert page.page.evaluate("statistics.at(-1).audio?.energy ?? 0") < 1e-6
    page.say(SENTENCE)
    page.wait_for_talk(page.fate(SENTENCE), "ended")
    page.page.wait_for_function("""() => {
      const late = statistics.slice(-6);
      const energy = late.at(-1)?.audio?.energy;
      return late.length === 6 && energy > 0.01 && energy - late[0].audio?.energy < 1e-6;
    }""", polling=100)
    page.close()


@pytest.mark.parametrize("options", [{"provider": "did", "options": FLUENT, "avatar": "agt_1"}, {"provider": "heygen"}],
                         ids=["by the data channel", "by a call"])
def test_interrupting_stops_the_sound(page, live_mock, options):
    open_live(page, **options)
    page.say(STORY)
    talk = page.fate(STORY)
    page.page.wait_for_function("statistics.at(-1)?.audio?.energy > 0.01", polling=100)
    # The provider's event says when it began; without it D-ID's message could not name the talk.
    page.wait_for_talk(talk, "started")
    page.page.evaluate("talk => session.interrupt(talk)", talk)
    page.wait_for_talk(talk, "ended")
    [said] = live_mock.get("sessions")["sessions"][-1]["talks"]
    assert said["phase"] == "interrupted"
    page.page.wait_for_function(
        "statistics.at(-1).audio?.energy - statistics.at(-5)?.audio?.energy < 1e-6", polling=100)
    assert page.complaints == []
    page.close()


def test_media_goes_on_while_the_connection_is_cut(page, live_mock):
    """Media never passes through the relay: a drop of the signaling connection is not seen."""
    open_live(page, provider="heygen", options={"quality": "low"})
    page.page.wait_for_function("statistics.at(-1)?.video?.framesDecoded > 5", polling=100)
    before = latest(page)["video"]["framesDecoded"]
    page.page.context.set_offline(True)
    page.page.wait_for_function("frames => statistics.at(-1).video.framesDecoded > frames + 5", arg=before, polling=100)
    page.page.context.set_offline(False)
    page.close()
    until(live_mock.open_sessions, lambda count: count == 0, "it was closed", 40)


def test_a_path_that_was_never_found_is_told(page, live_mock):
    live_mock.post("media", {"stun": "silent"})
    page.begin(provider="did")
    page.wait_until_started()
    until(lambda: page.heard("error"), lambda seen: seen == [{"kind": "client.iceFailed"}], "no path", 60)
    assert page.page.evaluate("session.state") == "connecting"
    page.close()
