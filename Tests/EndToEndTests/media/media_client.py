"""A viewer made of aiortc: a WebRTC stack that is no browser's and shares no line with the mock's."""

import array
import asyncio
import contextlib
import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from support.waiting import PATIENCE, until

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
HEADERS = {"Content-Type": "application/json", "Authorization": "Basic k", "X-Api-Key": "k"}
PICTURE = {"source_url": "https://example.com/a.jpg"}
# In seconds: what a viewer waits for, one thing after the other.
WHOLE_SCENARIO = 4 * PATIENCE


def send(url, body=None, method="POST", headers=None):
    """A call of a vendor's API; raises `AssertionError` with the vendor's words."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, method=method, data=data, headers={**HEADERS, **(headers or {})})
    try:
        with OPENER.open(request, timeout=PATIENCE) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{url}: {error.status} {error.read().decode()}") from None


def on_its_own_loop(scenario):
    """Runs a coroutine on a thread of its own, since the browser's driver has a loop on this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(asyncio.wait_for(scenario(), WHOLE_SCENARIO))).result(WHOLE_SCENARIO + PATIENCE)


class Viewer:
    """One session of either vendor, seen from the browser's side."""

    def __init__(self, mock):
        self.mock = mock
        self.headers = {}
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.messages = []
        self.labels = []
        self.frames = {"audio": 0, "video": 0}
        self.energy = 0
        self.size = None
        self.look = lambda frame: None
        self.changed = asyncio.Event()
        self.channel = None
        self.end = None
        self.peer.on("track", lambda track: asyncio.ensure_future(self._watch(track)))
        self.peer.on("datachannel", self._take)
        self.peer.on("connectionstatechange", lambda: self.changed.set())

    async def did(self, prefix="talks", avatar=PICTURE, **options):
        self.stream = f"{self.mock.api}/{prefix}/streams"
        created = await self.call(self.stream, {**avatar, **options})
        self.stream, self.session = f"{self.stream}/{created['id']}", {"session_id": created["session_id"]}
        self.id, self.end = created["id"], ("DELETE", self.stream)
        self._listen(self.peer.createDataChannel("JanusDataChannel"))
        await self.call(f"{self.stream}/sdp", {"answer": await self._answer(created["offer"]), **self.session})
        await self.call(f"{self.stream}/ice", self.session)
        return self

    async def heygen(self, **options):
        base = f"{self.mock.api}/v1/streaming."
        created = (await self.call(f"{base}new", options))["data"]
        self.session, self.base, self.id = {"session_id": created["session_id"]}, base, created["session_id"]
        self.end = ("POST", f"{base}stop")
        await self.call(f"{base}start", {"sdp": await self._answer(created["sdp"]), **self.session})
        return self

    async def speak(self, text, **members):
        """Returns the duration in the vendor's answer, in seconds."""
        if hasattr(self, "base"):
            return (await self.call(f"{self.base}task", {"text": text, **self.session}))["data"]["duration_ms"] / 1000
        script = {"type": "text", "input": text, **members}
        return (await self.call(self.stream, {"script": script, **self.session}))["duration"]

    async def call(self, url, body=None, method="POST"):
        return await asyncio.to_thread(send, url, body, method, self.headers)

    async def state(self):
        """What the mock tells of the session's media."""
        return await asyncio.to_thread(self._state)

    async def until(self, condition):
        """Waits until something arrived after which the condition holds."""
        while not condition():
            self.changed.clear()
            await self.changed.wait()

    async def connected(self):
        await self.until(lambda: self.peer.connectionState == "connected")
        return self

    async def media(self, condition):
        """Waits until the mock tells so of the session's media."""
        return await asyncio.to_thread(until, self._state, condition, "the session's media", PATIENCE)

    async def paused(self):
        """Waits until no video is sent and none is decoded, which is looked at twenty times."""
        seen = []
        while len(seen) < 20 or len(set(seen[-20:])) > 1:
            seen.append(((await self.state())["video"]["packets"], self.frames["video"]))

    async def close(self):
        if self.end:
            method, url = self.end
            with contextlib.suppress(AssertionError):
                await self.call(url, self.session, method)
        await self.peer.close()

    def _state(self):
        sessions = send(f"{self.mock.url}/sessions", method="GET", headers=self.headers)["sessions"]
        return next(session for session in sessions if session["id"] == self.id)["media"]

    async def _answer(self, offer):
        await self.peer.setRemoteDescription(RTCSessionDescription(offer["sdp"], offer["type"]))
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        return {"type": "answer", "sdp": self.peer.localDescription.sdp}

    def _take(self, channel):
        self.labels.append(channel.label)
        self._listen(channel)

    def _listen(self, channel):
        self.channel = channel
        channel.on("message", self._hear)

    def _hear(self, message):
        self.messages.append(message)
        self.changed.set()

    async def _watch(self, track):
        with contextlib.suppress(Exception):
            while True:
                frame = await track.recv()
                self.frames[track.kind] += 1
                if track.kind == "video":
                    self.size = (frame.width, frame.height)
                    self.look(frame)
                else:
                    samples = array.array("h", bytes(frame.planes[0]))
                    self.energy += sum(sample * sample for sample in samples[::16]) / len(samples)
                self.changed.set()


def watching(mock, scenario, kind=Viewer):
    """Runs a scenario with a viewer, which leaves whatever happens."""

    async def run():
        viewer = kind(mock)
        try:
            return await scenario(viewer)
        finally:
            await viewer.close()

    return on_its_own_loop(run)
