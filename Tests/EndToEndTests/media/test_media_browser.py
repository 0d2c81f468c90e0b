"""Chromium sees and hears the mock, with pages that make the vendors' demos' calls."""

import json

import pytest
from support.waiting import until
from watched_page import WatchedPage

SENTENCE = "Hello there. I am the words of the demo, and they last for about three seconds."
STORY = "This is a story that goes on and on until somebody stops it. " * 10
# Pictures that were sent and not shown one after another: a loaded machine skips some.
MAX_GAP = 25
# How long the mock holds a talk for media that is still being connected (docs/mock.md).
MOCKS_PATIENCE_MS = 5000


@pytest.fixture
def open_demo(browser, live_relay, live_mock, demo_pages):
    contexts = []

    def open_one(vendor, **options):
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        api = live_relay.mock.replace("127.0.0.1", "localhost")
        page.goto(f"{demo_pages.url}/{vendor}?api={api}&options={json.dumps(options)}")
        return WatchedPage(page)

    yield open_one
    for context in contexts:
        context.close()


def speak_once_more(demo):
    """Until nothing is sent any more."""
    count = len(demo.events)
    demo.page.evaluate("text => speak(text)", SENTENCE)
    demo.wait_for_events(count + 2)
    demo.wait_until_idle()


def connect_did(demo):
    demo.page.evaluate("connect()")
    demo.wait_until_connected()
    demo.wait_for_events(1)


@pytest.mark.parametrize("compatibility, codec", [("on", "video/VP8"), ("off", "video/H264"), ("auto", "video/H264")])
def test_did_is_seen_and_heard_while_it_speaks(open_demo, live_mock, compatibility, codec):
    demo = open_demo("did", compatibility_mode=compatibility)
    connect_did(demo)
    assert demo.events == ["stream/ready"]
    demo.wait_until_idle()
    warmed = demo.latest
    assert warmed["frames"] > 5, "the warm-up is seen"
    assert warmed["energy"] < 1e-6 and warmed["audioBytes"] == 0, "and not heard"
    assert (warmed["codec"], warmed["size"]) == (codec, [512, 512])
    assert warmed["dtls"] == ["connected", "FEFD"], "DTLS 1.2"
    demo.page.evaluate("text => speak(text)", SENTENCE)
    demo.wait_for_events(3)
    assert demo.events == ["stream/ready", "stream/started", "stream/done"]
    demo.wait_until_idle()
    after = demo.latest
    assert demo.energy_before(1) < 1e-6, "no sound before the talk"
    assert after["energy"] > 0.01, "sound while it speaks"
    assert after["frames"] - warmed["frames"] > 20
    assert after["currentTime"] > warmed["currentTime"]
    # As the demo decides; it looks only twice a second.
    demo.wait("seen.labels.join(' ').endsWith('streaming empty streaming empty')")
    demo.assert_pictures(MAX_GAP, min_seen=20, again=lambda: speak_once_more(demo))
    demo.page.evaluate("destroy()")
    live_mock.assert_nothing_left()
    assert demo.page.complaints == []


def test_did_says_nothing_of_being_ready_unless_asked(open_demo):
    demo = open_demo("did", stream_warmup=False)
    demo.page.evaluate("connect()")
    demo.wait_until_connected()
    demo.wait("seen.channel.readyState === 'open'")
    demo.page.evaluate("speak('Hello')")
    demo.wait_for_events(2)
    assert demo.events == ["stream/started", "stream/done"]
    demo.page.evaluate("destroy()")


def test_did_obeys_the_size_asked_for(open_demo):
    demo = open_demo("did", output_resolution=300)
    connect_did(demo)
    assert demo.latest["size"] == [300, 300]
    demo.assert_pictures(MAX_GAP, min_seen=5, again=lambda: speak_once_more(demo))
    demo.page.evaluate("destroy()")


def test_did_says_one_after_the_other(open_demo):
    demo = open_demo("did", stream_warmup=False)
    demo.page.evaluate("connect()")
    demo.wait_until_connected()
    demo.wait("seen.channel.readyState === 'open'")
    demo.page.evaluate("Promise.all([speak('One.'), speak('Two.'), speak('Three.')])")
    demo.wait_for_events(6)
    assert demo.events == ["stream/started", "stream/done"] * 3
    demo.page.evaluate("destroy()")


@pytest.mark.parametrize("quality, size", [("low", [480, 360]), ("medium", [640, 480]), ("high", [1280, 720])])
def test_heygen_is_seen_always_and_heard_while_it_speaks(open_demo, live_mock, quality, size):
    demo = open_demo("heygen", quality=quality)
    demo.page.evaluate("create().then(begin)")
    demo.wait_until_connected()
    demo.wait("watch.latest.frames >= 5")
    idle = demo.latest
    assert idle["energy"] < 1e-6 and idle["size"] == size and demo.events == []
    said = demo.page.evaluate("text => speak(text)", SENTENCE)
    demo.wait_for_events(2)
    start, stop = demo.events
    assert (start["type"], stop["type"]) == ("avatar_start_talking", "avatar_stop_talking")
    assert start["task_id"] == stop["task_id"] == said["task_id"]
    assert stop["duration_ms"] == pytest.approx(said["duration_ms"])
    demo.wait_for_silence()
    assert demo.energy_before(0) < 1e-6 and demo.latest["energy"] > 0.01
    demo.wait_for_frames(5)
    assert demo.page.evaluate("watch.channels.length") == 1, "the server opens the channel"
    demo.assert_pictures(MAX_GAP, min_seen=20, again=lambda: demo.wait_for_frames(60))
    demo.page.evaluate("stop()")
    live_mock.assert_nothing_left()
    assert demo.page.complaints == []


def test_heygen_is_interrupted_at_once(open_demo):
    demo = open_demo("heygen", quality="low")
    demo.page.evaluate("create().then(begin)")
    demo.wait_until_connected()
    said = demo.page.evaluate("text => speak(text)", STORY)
    assert said["duration_ms"] > 20_000
    demo.wait("watch.latest.energy > 0.01")
    demo.page.evaluate("interrupt()")
    demo.wait_for_events(2)
    stop = demo.events[1]
    assert stop["type"] == "avatar_stop_talking" and stop["duration_ms"] < said["duration_ms"] / 2
    demo.wait_for_silence()
    heard_for = demo.page.evaluate("""() => {
      const { at } = watch.events[1];
      const last = watch.samples.findLast(({ energy }) => energy < watch.latest.energy - 1e-6);
      return (last?.at ?? 0) - at;
    }""")
    # The demo asks its browser for a buffer of half a second; a busy machine plays it later, and never all of the story.
    assert heard_for < said["duration_ms"] / 4
    demo.wait_for_frames(5)
    demo.page.evaluate("stop()")


@pytest.mark.parametrize("vendor, answer", [("did", "connect()"), ("heygen", "create().then(begin)")])
@pytest.mark.parametrize("delay, loss", [(0, 0), (25, 0), (80, 0), (150, 0), (25, 0.05)])
def test_a_page_may_speak_as_soon_as_it_has_answered(open_demo, live_mock, vendor, answer, delay, loss):
    """The mock waits for what Chromium has still to do."""
    live_mock.post("media", {"delayMs": delay, "loss": loss, "seed": 5})
    end = "destroy()" if vendor == "did" else "stop()"
    speak_at_once = """async () => {
      const began = performance.now();
      await speak("Now.");
      return performance.now() - began;
    }"""

    def spoken():
        """The page; None where all of the mock's patience was not enough, as for a Chromium that is kept from running."""
        demo = open_demo(vendor, **({"stream_warmup": False} if vendor == "did" else {"quality": "low"}))
        took = demo.page.evaluate(f"{answer}.then({speak_at_once})")
        refused = [line for line in demo.page.evaluate("seen.statuses") if not line.endswith((" 200", " 201"))]
        if refused and took >= MOCKS_PATIENCE_MS:
            demo.page.evaluate(end)
            return None
        assert refused == []
        return demo

    demo = until(spoken, bool, "a talk at once")
    demo.wait_for_events(2)
    demo.page.evaluate(end)
    live_mock.assert_nothing_left()
    assert demo.page.complaints == []


def test_a_browser_without_video_goes_on_with_sound_and_events(open_demo):
    demo = open_demo("did", compatibility_mode="off")
    # As Firefox does where it has no H264.
    demo.page.evaluate("""() => {
      const create = RTCPeerConnection.prototype.createAnswer;
      RTCPeerConnection.prototype.createAnswer = function () {
        for (const transceiver of this.getTransceivers()) {
          if (transceiver.receiver.track.kind === "video") transceiver.stop();
        }
        return create.call(this);
      };
    }""")
    connect_did(demo)
    demo.page.evaluate("text => speak(text)", SENTENCE)
    demo.wait_for_events(3)
    assert demo.events == ["stream/ready", "stream/started", "stream/done"]
    assert demo.latest["energy"] > 0.01 and demo.latest["frames"] == 0
    demo.page.evaluate("destroy()")


def test_a_page_that_vanishes_is_let_go(open_demo, live_mock):
    demo = open_demo("did")
    connect_did(demo)
    demo.page.context.close()
    assert live_mock.open_sessions() == 1, "D-ID hears of the end by DELETE or by its idle limit alone"
    live_mock.advance(301_000)
    live_mock.assert_nothing_left()
