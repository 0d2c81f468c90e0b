"""The mock is seen and heard: video, sound and events as each vendor sends them, with aiortc as the far end."""

import asyncio
import base64
import json
import math
import struct

import pytest
from media_client import watching
from support.waiting import until

SENTENCE = "Hello there, how are you?"
INTERRUPT = "stream/interrupt"
# Where these are in a drawn face of 512x512, as left, top, right, bottom.
MOUTH, CAPTION = (205, 250, 300, 320), (180, 380, 332, 420)


def marks(frame, box):
    """How many pixels in a box are as white as teeth and letters; an open mouth shows its dark inside, too."""
    plane = frame.planes[0]
    luma, (left, top, right, bottom) = memoryview(plane), box
    values = [value for y in range(top, bottom) for value in luma[y * plane.line_size :][left:right]]
    return sum(value > 200 for value in values) + (sum(value < 60 for value in values) if box is MOUTH else 0)


def wav(seconds, rate=16_000):
    """A tone as a WAV file."""
    count = int(seconds * rate)
    data = b"".join(struct.pack("<h", int(12_000 * math.sin(2 * math.pi * 300 * n / rate))) for n in range(count))
    form = struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16)
    header = b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + form
    return header + b"data" + struct.pack("<I", len(data)) + data


@pytest.mark.parametrize("compatibility, codec", [("on", "VP8"), ("off", "H264"), ("auto", "H264")])
def test_did_talks(live_mock, compatibility, codec):
    async def scenario(viewer):
        await (await viewer.did(compatibility_mode=compatibility, stream_warmup=True)).connected()
        await viewer.until(lambda: viewer.messages == ["stream/ready"])
        # A picture is decoded later than the message after it comes.
        await viewer.until(lambda: viewer.frames["video"] > 10)
        assert viewer.frames["audio"] == 0, "the warm-up is seen and not heard"
        assert viewer.size == (512, 512)
        duration = await viewer.speak(SENTENCE)
        await viewer.until(lambda: viewer.messages == ["stream/ready", "stream/started", "stream/done"])
        await viewer.until(lambda: viewer.frames["audio"] >= duration / 0.02 * 0.8 and viewer.energy > 1e6)
        sent = await viewer.media(lambda media: media["audio"]["packets"] >= math.ceil(duration / 0.02) + 9)
        assert sent["videoCodec"] == codec
        # Nothing is sent while nobody speaks.
        await viewer.paused()

    watching(live_mock, scenario)


@pytest.mark.parametrize("compatibility", ["on", "off"])
def test_a_did_face_shuts_its_mouth_and_the_caption_goes_before_the_video_pauses(live_mock, compatibility):
    """The last picture stands until the next talk."""

    async def scenario(viewer):
        mouths, captions = [], []

        def look(frame):
            mouths.append(marks(frame, MOUTH))
            captions.append(marks(frame, CAPTION))

        viewer.look = look
        await (await viewer.did(compatibility_mode=compatibility, stream_warmup=True)).connected()
        await viewer.until(lambda: viewer.messages == ["stream/ready"] and len(captions) > 10)
        assert max(captions) < 20
        at_rest = max(mouths)
        await viewer.speak("Far aloft, a large calm llama.")
        await viewer.until(lambda: len(viewer.messages) == 3)
        # Both are seen while it speaks.
        await viewer.until(lambda: max(mouths) > 4 * at_rest and max(captions) > 500)
        await viewer.until(lambda: captions[-1] < 20)
        await viewer.paused()
        # That picture stays; it may still have to be decoded.
        await viewer.until(lambda: mouths[-1] < 1.5 * at_rest and captions[-1] < 20)

    watching(live_mock, scenario)


def test_did_is_ready_only_when_asked(live_mock):
    async def scenario(viewer):
        await (await viewer.did()).connected()
        await viewer.speak(SENTENCE)
        await viewer.until(lambda: len(viewer.messages) == 2)
        assert viewer.messages == ["stream/started", "stream/done"]

    watching(live_mock, scenario)


def test_a_fluent_agent_never_pauses_and_is_interrupted_by_its_viewer(live_mock):
    async def scenario(viewer):
        await (await viewer.did("agents/agt_1", {}, fluent=True)).connected()
        await viewer.until(lambda: viewer.frames["video"] >= 3)
        await viewer.speak("This is a long story. " * 20)
        await viewer.until(lambda: viewer.messages and viewer.energy > 1e6)
        [started] = viewer.messages
        talk = json.loads(started.removeprefix("stream/started:"))["metadata"]["videoId"]
        viewer.channel.send(json.dumps({"type": INTERRUPT, "videoId": "another", "timestamp": 1}))
        viewer.channel.send(json.dumps({"type": INTERRUPT, "videoId": talk, "timestamp": 1}))
        await viewer.until(lambda: len(viewer.messages) == 2)
        assert viewer.messages[1] == f'stream/done:{{"metadata":{{"videoId":"{talk}"}}}}'
        frames = viewer.frames["video"]
        await viewer.until(lambda: viewer.frames["video"] > frames + 3)
        [phase] = [talk["phase"] for talk in live_mock.get("sessions")["sessions"][-1]["talks"]]
        assert phase == "interrupted"

    watching(live_mock, scenario)


@pytest.mark.parametrize("encoding", ["VP8", "H264"])
@pytest.mark.parametrize("quality, size", [("low", (480, 360)), ("medium", (640, 480)), ("high", (1280, 720))])
def test_heygen_tasks(live_mock, encoding, quality, size):
    async def scenario(viewer):
        await (await viewer.heygen(quality=quality, video_encoding=encoding)).connected()
        await viewer.until(lambda: viewer.frames["video"] >= 3)
        assert viewer.messages == [] and viewer.energy == 0
        duration = await viewer.speak(SENTENCE)
        await viewer.until(lambda: len(viewer.messages) == 2)
        assert len(viewer.labels) == 1, "the server opens the channel"
        assert all(isinstance(message, bytes) for message in viewer.messages)
        start, stop = map(json.loads, viewer.messages)
        assert (start["type"], stop["type"]) == ("avatar_start_talking", "avatar_stop_talking")
        assert start["task_id"] == stop["task_id"] and stop["duration_ms"] == pytest.approx(duration * 1000)
        await viewer.until(lambda: viewer.energy > 1e6)
        assert viewer.size == size
        assert (await viewer.state())["videoCodec"] == encoding

    watching(live_mock, scenario)


def test_heygen_tasks_queue_and_are_interrupted(live_mock):
    async def scenario(viewer):
        await (await viewer.heygen(quality="low")).connected()
        await viewer.speak("One.")
        story = await viewer.speak("This is a long story. " * 20)
        await viewer.speak("Three.")
        await viewer.until(lambda: len(viewer.messages) == 3)
        await viewer.call(f"{viewer.base}interrupt", viewer.session)
        await viewer.until(lambda: len(viewer.messages) == 4)
        kinds = [json.loads(message)["type"] for message in viewer.messages]
        assert kinds == ["avatar_start_talking", "avatar_stop_talking"] * 2
        assert json.loads(viewer.messages[3])["duration_ms"] < 0.8 * 1000 * story
        await viewer.speak("Four.")
        await viewer.until(lambda: len(viewer.messages) == 6)

    watching(live_mock, scenario)


def test_a_sound_file_is_played(live_mock):
    url = "data:audio/wav;base64," + base64.b64encode(wav(1.0)).decode()

    async def scenario(viewer):
        await (await viewer.did()).connected()
        said = await viewer.call(viewer.stream, {"script": {"type": "audio", "audio_url": url}, **viewer.session})
        assert said["duration"] == pytest.approx(1.0, abs=0.01)
        await viewer.until(lambda: len(viewer.messages) == 2 and viewer.energy > 1e6)
        broken = "data:audio/wav;base64," + base64.b64encode(b"ID3 no wave").decode()
        with pytest.raises(AssertionError, match="ValidationError"):
            await viewer.call(viewer.stream, {"script": {"type": "audio", "audio_url": broken}, **viewer.session})

    watching(live_mock, scenario)


@pytest.mark.parametrize("kind", ["did", "heygen"])
def test_a_path_that_loses_and_reorders_is_survived(live_mock, kind):
    live_mock.post("media", {"loss": 0.05, "delayMs": 10, "jitterMs": 10, "reorder": 0.05, "seed": 7})

    async def scenario(viewer):
        await (await (viewer.did(stream_warmup=True) if kind == "did" else viewer.heygen())).connected()
        duration = await viewer.speak("This goes on for a while, so that something gets lost on its way. " * 2)
        count = 3 if kind == "did" else 2
        await viewer.until(lambda: len(viewer.messages) == count)
        await viewer.until(lambda: viewer.frames["audio"] > duration / 0.02 * 0.5)
        assert (await viewer.state())["impairedDatagrams"] > 0
        # What was lost comes again, unless a busy machine asks for it too late: then not in each talk.
        shares = []
        while kind == "did" and max(shares, default=0) < 0.8:
            sent, seen = (await viewer.state())["video"]["frames"], viewer.frames["video"]
            await viewer.speak("This goes on for a while, so that something gets lost on its way.")
            count += 2
            await viewer.until(lambda: len(viewer.messages) == count)
            await viewer.paused()
            shares.append((viewer.frames["video"] - seen) / ((await viewer.state())["video"]["frames"] - sent))
        # HeyGen's offer lets nobody ask for what was lost: aiortc waits until its buffer is full, or for a key frame.
        await viewer.until(lambda: viewer.frames["video"] > 10)

    watching(live_mock, scenario)


def test_silent_connectivity_checks(live_mock):
    live_mock.post("media", {"stun": "silent"})

    async def scenario(viewer):
        await viewer.did()
        checks = lambda: live_mock.get("media")["counters"]["unansweredChecks"]  # noqa: E731
        await asyncio.to_thread(until, checks, lambda count: count >= 3, "checks that nobody answers")
        assert (await viewer.state())["state"] == "answered"
        with pytest.raises(AssertionError, match="Stream Error"):
            await viewer.speak(SENTENCE)

    watching(live_mock, scenario)


def test_encryption_that_fails(live_mock):
    live_mock.post("media", {"dtls": "fail"})

    async def scenario(viewer):
        await viewer.heygen()
        state = await viewer.media(lambda media: media["state"] == "failed")
        assert state["failure"]
        with pytest.raises(AssertionError, match="400006"):
            await viewer.speak(SENTENCE)

    watching(live_mock, scenario)


def test_a_viewer_that_leaves_is_noticed_and_can_still_stop(live_mock):
    async def scenario(viewer):
        await (await viewer.heygen()).connected()
        await viewer.peer.close()
        await viewer.media(lambda media: media["state"] == "closed")
        assert live_mock.open_sessions() == 1, "HeyGen learns of the end by streaming.stop alone"
        assert (await viewer.call(f"{viewer.base}stop", viewer.session))["code"] == 100

    watching(live_mock, scenario)
