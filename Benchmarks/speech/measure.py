"""Measures how long after a language model's first word an avatar is first heard: D-ID by sentences and by parts, side by side.

Usage: measure.py RELEASE-FOLDER. Prints a table in Markdown. ROUNDS (5) and WORDS_PER_SECOND (10) are environment variables. The mock
stands in for D-ID, so that what is measured is what each way has to wait for, and not how fast D-ID's voices are.
"""

import array
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from websockets.asyncio.client import connect

ROUNDS = int(os.environ.get("ROUNDS", "5"))
WORDS_PER_SECOND = float(os.environ.get("WORDS_PER_SECOND", "10"))
SECONDS = 60
# Two answers of a language model: one begins with a short sentence, one with a long one that has commas in it.
TEXTS = {
    "a first sentence of 5 words": "That is a good question. Let me think about it for a moment, and I will tell you.",
    "a first sentence of 26 words": (
        "If you mean the town by the sea, where we have been last summer with the children, then you can go there by "
        "train or car. It takes two hours."
    ),
}
WAYS = {"did": "HTTP, by sentences", "did-websocket": "WebSocket, by parts"}
# A frame of sound is heard from so much on; the mock's silence is all zeros.
HEARD = 1000


class Relay:
    """`avatar-relay dev` of its own, without limits on what one client may say."""

    def __init__(self, release):
        command = [f"{release}/avatar-relay", "dev", "--port", "0", "--exit-with-parent", "--log-level", "error"]
        own = {name: value for name, value in os.environ.items() if not name.startswith("AVATAR_RELAY_")}
        # The mock writes a line for each call.
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, env=own, **pipes)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"did not start: {' '.join(command)}")
        self.signaling = json.loads(line)["signaling"]

    def end(self):
        self.process.terminate()
        self.process.wait(SECONDS)


class Listener:
    """A session, seen and heard from the browser's side."""

    def __init__(self, socket):
        self.socket = socket
        self.id = 0
        self.answers = {}
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.heard = asyncio.Event()
        self.heard_at = None
        self.peer.on("track", lambda track: asyncio.ensure_future(self._listen(track)))
        self.reading = asyncio.ensure_future(self._read())

    async def ask(self, method, **params):
        self.id += 1
        answer = self.answers[self.id] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps({"jsonrpc": "2.0", "id": self.id, "method": method, "params": params}))
        return await asyncio.wait_for(answer, SECONDS)

    async def open(self, provider):
        opened = await self.ask("session.open", provider=provider)
        self.session = opened["session"]
        self.peer.createDataChannel(opened["dataChannel"]["label"])
        offer = opened["offer"]
        await self.peer.setRemoteDescription(RTCSessionDescription(offer["sdp"], offer["type"]))
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        answer = {"type": "answer", "sdp": self.peer.localDescription.sdp}
        await self.ask("session.answer", session=self.session, answer=answer)
        await self.ask("session.candidate", session=self.session, candidate=None)
        while self.peer.connectionState != "connected":
            changed = asyncio.Event()
            self.peer.once("connectionstatechange", changed.set)
            await asyncio.wait_for(changed.wait(), SECONDS)

    async def first_sound_of(self, text):
        """Speaks a text as a model writes it, as the browser's client does; milliseconds from its first word to the first sound."""
        words, is_over = [], False

        async def write():
            nonlocal is_over
            for word in text.split():
                words.append(word + " ")
                await asyncio.sleep(1 / WORDS_PER_SECOND)
            is_over = True

        began = time.monotonic()
        writing = asyncio.ensure_future(write())
        talk, index = None, 0
        while not (is_over and not words):
            await asyncio.sleep(0.001)
            part = "".join(words)
            words.clear()
            if not part:
                continue
            if talk is None:
                talk = (await self.ask("session.speak", session=self.session, open=True, text=part))["talk"]
            else:
                index += 1
                await self.ask("session.speakPart", session=self.session, talk=talk, index=index, text=part)
        await writing
        await self.ask("session.speakEnd", session=self.session, talk=talk, index=index + 1)
        await asyncio.wait_for(self.heard.wait(), SECONDS)
        return (self.heard_at - began) * 1000

    async def close(self):
        await self.ask("session.close", session=self.session)
        await self.peer.close()
        self.reading.cancel()

    async def _read(self):
        async for text in self.socket:
            message = json.loads(text)
            answer = self.answers.pop(message.get("id"), None)
            if answer is None:
                continue
            if "error" in message:
                answer.set_exception(SystemExit(f"{message['error']}"))
            else:
                answer.set_result(message["result"])

    async def _listen(self, track):
        with contextlib.suppress(Exception):
            while True:
                frame = await track.recv()
                if track.kind != "audio" or self.heard_at is not None:
                    continue
                if max(map(abs, array.array("h", bytes(frame.planes[0])))) > HEARD:
                    self.heard_at = time.monotonic()
                    self.heard.set()


async def measure(relay, provider, text):
    async with connect(relay.signaling, subprotocols=["avatar-relay.v1"], proxy=None) as socket:
        listener = Listener(socket)
        await listener.open(provider)
        try:
            return await listener.first_sound_of(text)
        finally:
            await listener.close()


def main(release):
    relay = Relay(release)
    times = {(name, way): [] for name in TEXTS for way in WAYS}
    try:
        for _ in range(ROUNDS):
            for name, text in TEXTS.items():
                for way in WAYS:
                    times[name, way].append(asyncio.run(asyncio.wait_for(measure(relay, way, text), SECONDS)))
    finally:
        relay.end()
    print(f"Milliseconds from the first word to the first sound, median (slowest of {ROUNDS}); {WORDS_PER_SECOND:g} words a second:\n")
    print("| | " + " | ".join(WAYS.values()) + " |")
    print("|---|" + "---:|" * len(WAYS))
    for name in TEXTS:
        cells = [times[name, way] for way in WAYS]
        print(f"| {name} | " + " | ".join(f"{statistics.median(cell):.0f} ({max(cell):.0f})" for cell in cells) + " |")


if __name__ == "__main__":
    main(*sys.argv[1:])
