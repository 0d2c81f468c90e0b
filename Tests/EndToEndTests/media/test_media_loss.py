"""A path that loses packets, with aiortc as the far end: no picture is damaged, no event is lost, sound goes on."""

import json

import pytest
from media_client import watching
from picture_strip import read_strip

SENTENCE = "This goes on for a while, so that something gets lost on its way. "


@pytest.mark.parametrize("codec, compatibility", [("VP8", "on"), ("H264", "off")])
@pytest.mark.parametrize("loss", [0, 0.05])
def test_no_picture_is_damaged(live_mock, codec, compatibility, loss):
    live_mock.post("media", {"loss": loss, "seed": 7})

    async def scenario(viewer):
        strips = []
        viewer.look = lambda frame: strips.append(read_strip(frame))
        await (await viewer.did(compatibility_mode=compatibility, stream_warmup=True)).connected()
        duration = await viewer.speak(SENTENCE * 2)
        await viewer.until(lambda: len(viewer.messages) == 3)
        assert set(viewer.messages) == {"stream/ready", "stream/started", "stream/done"}
        # aiortc drops what waits behind a lost packet of sound, and conceals nothing.
        await viewer.until(lambda: viewer.frames["audio"] > duration / 0.02 * (0.5 if loss else 0.95))
        state = await viewer.state()
        assert state["videoCodec"] == codec
        if loss:
            assert state["impairedDatagrams"] > 0 and state["video"]["resent"] > 0, "what was asked for came again"
        await viewer.until(lambda: sum(map(bool, strips)) >= 20)
        read = [strip for strip in strips if strip]
        assert len(strips) - len(read) <= len(strips) * 0.02, f"{len(read)} of {len(strips)}"
        numbers = [number for number, _ in read]
        assert numbers == sorted(set(numbers)), "each picture once, in order"

    watching(live_mock, scenario)


def test_both_directions_of_the_channel_under_loss(live_mock):
    """What the viewer sends arrives, too: an interruption, in the middle of a long talk."""
    live_mock.post("media", {"loss": 0.05, "seed": 11})

    async def scenario(viewer):
        await (await viewer.did("agents/agt_1", {}, fluent=True)).connected()
        for _ in range(3):
            count = len(viewer.messages)
            await viewer.speak(SENTENCE * 10)
            await viewer.until(lambda: len(viewer.messages) == count + 1)
            talk = json.loads(viewer.messages[-1].removeprefix("stream/started:"))["metadata"]["videoId"]
            viewer.channel.send(json.dumps({"type": "stream/interrupt", "videoId": talk, "timestamp": 1}))
            await viewer.until(lambda: len(viewer.messages) == count + 2)
        kinds = [message.split(":")[0] for message in viewer.messages]
        assert kinds == ["stream/started", "stream/done"] * 3
        phases = [talk["phase"] for talk in live_mock.get("sessions")["sessions"][-1]["talks"]]
        assert phases == ["interrupted"] * 3

    watching(live_mock, scenario)
