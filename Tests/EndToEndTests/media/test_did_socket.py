"""D-ID's WebSocket, from a client that shares no line with the mock: the face speaks while its text is written."""

import asyncio
import json
import math
import struct
import urllib.parse

import websockets
from media_client import PICTURE, Viewer, watching
from support.waiting import PATIENCE

# As D-ID's demo page has it: a word and a space in each message, the last one a space alone.
VOICE = {"type": "microsoft", "voice_id": "en-US-JennyNeural"}


class SocketViewer(Viewer):
    """A viewer all of whose calls are messages."""

    async def connect(self):
        address = self.mock.api.replace("http://", "ws://")
        key = urllib.parse.quote("Basic user:secret")
        self.socket = await websockets.connect(
            f"{address}?authorization={key}", proxy=None, open_timeout=PATIENCE, ping_interval=None)
        created = await self.ask("init-stream", {**PICTURE, "presenter_type": "talk"})
        self.id, session = created["id"], created["session_id"]
        self.session = {"session_id": session, "presenter_type": "talk"}
        self._listen(self.peer.createDataChannel("JanusDataChannel"))
        await self.ask("sdp", {"answer": await self._answer(created["offer"]), **self.session})
        await self.ask("ice", {"stream_id": self.id, **self.session})
        return await self.connected()

    async def tell(self, kind, payload):
        await self.socket.send(json.dumps({"type": kind, "payload": payload}))

    async def ask(self, kind, payload):
        await self.tell(kind, payload)
        reply = json.loads(await self.socket.recv())
        assert reply["messageType"] == kind and "kind" not in reply and "message" not in reply, reply
        return reply

    def part(self, index, script):
        return {
            "script": script, "config": {"stitch": True}, "background": {"color": "#FFFFFF"}, "index": index,
            "stream_id": self.id, **self.session}

    def text(self, index, text):
        return self.part(index, {"type": "text", "input": text, "provider": VOICE, "ssml": True})

    async def write(self, index, text):
        return await self.ask("stream-text", self.text(index, text))

    async def close(self):
        if hasattr(self, "id"):
            await self.ask("delete-stream", {"stream_id": self.id, **self.session})
            await self.socket.close()
        await super().close()


def test_the_face_speaks_while_the_text_is_being_written(live_mock):
    async def scenario(viewer):
        await viewer.connect()
        first = await viewer.write(0, "Hello ")
        assert (await viewer.write(1, "there, "))["video_id"] == first["video_id"]
        await viewer.until(lambda: viewer.messages == ["stream/started"] and viewer.energy > 1e5)
        # The first phrase is over by now, or will be; whatever follows is of the same talk.
        await viewer.write(2, "how are ")
        await viewer.write(3, "you? ")
        heard = viewer.energy
        await viewer.until(lambda: viewer.energy > 2 * heard)
        assert viewer.messages == ["stream/started"], "the talk has not ended"
        await viewer.write(4, " ")
        await viewer.until(lambda: viewer.messages == ["stream/started", "stream/done"])
        await viewer.until(lambda: viewer.frames["video"] > 10)
        assert viewer.size == (512, 512)
        session = live_mock.get("sessions?state=open")["sessions"][0]
        assert [talk["id"] for talk in session["talks"]] == [first["video_id"]]

    watching(live_mock, scenario, SocketViewer)


def test_a_text_that_is_sent_at_once_and_in_disorder_is_said_in_order(live_mock):
    async def scenario(viewer):
        await viewer.connect()
        words = "One, two, <break time='200ms'/>three, four, five. Six, seven, eight!".split(" ") + [""]
        order = sorted(range(len(words)), key=lambda index: index ^ 3)
        for index in order:
            await viewer.tell("stream-text", viewer.text(index, words[index] + " "))
        replies = [json.loads(await viewer.socket.recv()) for _ in order]
        assert [reply["index"] for reply in replies] == order
        assert len({reply["video_id"] for reply in replies}) == 1
        await viewer.until(lambda: viewer.messages == ["stream/started", "stream/done"] and viewer.energy > 1e5)
        said = live_mock.get("sessions?state=open")["sessions"][0]["talks"]
        assert len(said) == 1 and said[0]["durationMs"] > 1500

    watching(live_mock, scenario, SocketViewer)


def test_sound_in_parts_is_heard(live_mock):
    async def scenario(viewer):
        await viewer.connect()
        samples = [int(12_000 * math.sin(2 * math.pi * 300 * n / 16_000)) for n in range(16_000)]
        sound = struct.pack(f"<{len(samples)}h", *samples)
        parts = [sound[start : start + 10_000] for start in range(0, len(sound), 10_000)] + [b""]
        replies = await asyncio.gather(*(send_sound(viewer, index, part) for index, part in enumerate(parts)))
        assert replies == [None] * len(parts)
        for _ in parts:
            assert json.loads(await viewer.socket.recv())["messageType"] == "stream-audio"
        await viewer.until(lambda: viewer.messages == ["stream/started", "stream/done"] and viewer.energy > 1e6)
        talk = live_mock.get("sessions?state=open")["sessions"][0]["talks"][0]
        assert talk["durationMs"] == 1000

    watching(live_mock, scenario, SocketViewer)


async def send_sound(viewer, index, part):
    await viewer.tell("stream-audio", viewer.part(index, {"type": "audio", "input": list(part)}))
