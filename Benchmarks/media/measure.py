"""What media costs the mock: times, CPU and memory, with aiortc as the far end. Usage: measure.py MOCK-PROVIDER

aiortc takes every packet and decodes none, so that it keeps up with ten sessions on one core.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2] / "Tests" / "EndToEndTests"
sys.path[:0] = [str(TESTS), str(TESTS / "media")]

from aiortc.rtcrtpreceiver import RTCRtpReceiver  # noqa: E402
from media_client import Viewer, send  # noqa: E402

SECONDS = float(os.environ.get("SECONDS_EACH", "10"))
SPEAKING, IDLE, SEQUENTIAL = 10, 20, int(os.environ.get("SEQUENTIAL", "200"))
TEXT = "The quick brown fox jumps over the lazy dog, again and again. " * 8
first_packets = {}


async def count_only(self, packet, arrival_time_ms):
    if self._track and self._track.kind == "video":
        first_packets.setdefault(id(self), time.monotonic())


RTCRtpReceiver._handle_rtp_packet = count_only


class Mock:
    def __init__(self, program):
        command = [program, "--port", "0", "--max-sessions", "1000", "--exit-with-parent", "--log-level", "error"]
        if os.cpu_count() > 1:
            command = ["taskset", "-c", "0", *command]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        ready = json.loads(self.process.stdout.readline())
        self.api, self.url = ready["url"], ready["admin"]

    def seconds(self):
        """CPU time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def size(self):
        """Resident megabytes, descriptors, threads."""
        status = dict(line.split(":", 1) for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines())
        descriptors = len(os.listdir(f"/proc/{self.process.pid}/fd"))
        return int(status["VmRSS"].split()[0]) / 1024, descriptors, int(status["Threads"])

    def sessions(self):
        return send(f"{self.url}/sessions?state=connected", method="GET")["sessions"]


async def timed_session(mock, times):
    """One session from its offer to its end."""
    viewer = Viewer(mock)
    start = time.monotonic()
    created = (await viewer.call(f"{base(mock)}new", {"quality": "medium"}))["data"]
    times["offer"].append(time.monotonic() - start)
    viewer.session, viewer.base, viewer.id = {"session_id": created["session_id"]}, base(mock), created["session_id"]
    viewer.end = ("POST", f"{base(mock)}stop")
    answer = await viewer._answer(created["sdp"])
    start = time.monotonic()
    await viewer.call(f"{base(mock)}start", {"sdp": answer, **viewer.session})
    await viewer.connected()
    times["connected"].append(time.monotonic() - start)
    receiver = next(t.receiver for t in viewer.peer.getTransceivers() if t.kind == "video")
    while id(receiver) not in first_packets:
        await asyncio.sleep(0.001)
    times["first picture"].append(first_packets.pop(id(receiver)) - start)
    return viewer


def base(mock):
    return f"{mock.url.removesuffix('/__admin')}/v1/streaming."


async def several(mock, count, **options):
    viewers = []
    for _ in range(count):
        viewers.append(await (await Viewer(mock).heygen(quality="medium", **options)).connected())
    return viewers


async def cpu(mock, seconds):
    before, start = mock.seconds(), time.monotonic()
    await asyncio.sleep(seconds)
    return (mock.seconds() - before) / (time.monotonic() - start) * 100


def row(name, value, unit, limit):
    print(f"{name:<44}{value:>10.1f} {unit:<3} (at most {limit})")


async def measure(mock):
    times = {"offer": [], "connected": [], "first picture": []}
    await (await timed_session(mock, {name: [] for name in times})).close()
    for _ in range(20):
        await (await timed_session(mock, times)).close()
    row("offer, median", statistics.median(times["offer"]) * 1000, "ms", 10)
    row("answer to connected, median", statistics.median(times["connected"]) * 1000, "ms", 50)
    row("answer to first packet of video, median", statistics.median(times["first picture"]) * 1000, "ms", 100)
    for codec in ("VP8", "H264"):
        before = mock.size()[0]
        viewers = await several(mock, SPEAKING, video_encoding=codec)
        await asyncio.gather(*(viewer.speak(TEXT) for viewer in viewers))
        await asyncio.sleep(1)
        row(f"{codec}: CPU of a speaking session, 640x480@25", await cpu(mock, SECONDS) / SPEAKING, "%", 8)
        row(f"{codec}: memory of a speaking session", (mock.size()[0] - before) / SPEAKING, "MB", 12)
        media = [session["media"] for session in mock.sessions()]
        row(f"{codec}: frames missed by {SPEAKING} speaking", sum(m["missedFrames"] for m in media), "", 0)
        for viewer in viewers:
            await viewer.close()
    viewers = await several(mock, IDLE)
    await asyncio.sleep(1)
    row(f"{IDLE} idle sessions", await cpu(mock, SECONDS), "%", 10)
    for viewer in viewers:
        await viewer.close()
    for number in range(SEQUENTIAL + 1):
        if number in (20, SEQUENTIAL):
            size = mock.size()
            print(f"after {number:>3} sessions one by one: {size[0]:.1f} MB, {size[1]} descriptors, {size[2]} threads")
        if number < SEQUENTIAL:
            await (await (await Viewer(mock).heygen(quality="medium")).connected()).close()


if __name__ == "__main__":
    mock = Mock(sys.argv[1])
    if os.cpu_count() > 1:
        os.sched_setaffinity(0, {1})
    try:
        asyncio.run(measure(mock))
    finally:
        mock.process.stdin.close()
        mock.process.wait(10)
