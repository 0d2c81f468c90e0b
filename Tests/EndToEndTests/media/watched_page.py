"""What a page heard and saw over time: when there was sound, how frames followed each other."""

import json
import time

from support.waiting import PATIENCE


class WatchedPage:
    """A page with `support/demo/watch.js` in it."""

    def __init__(self, page):
        self.page = page

    def wait(self, condition, argument=None):
        """Waits until the page says so; looked at ten times a second."""
        self.page.wait_for_function(condition, arg=argument, timeout=PATIENCE * 1000, polling=100)

    def wait_until_connected(self):
        self.wait("window.watch?.ice.some((state) => state === 'connected' || state === 'completed')")

    def wait_for_events(self, count):
        self.wait("(count) => watch.events.length >= count", count)

    def wait_for_silence(self):
        """Until no sound came for half a second."""
        self.wait("""() => {
          const before = watch.samples.findLast(({ at }) => at <= watch.latest.at - 500);
          return before && watch.latest.energy - before.energy < 1e-6;
        }""")

    def wait_until_idle(self):
        """Until no byte of video came for a second."""
        self.wait("""() => {
          const before = watch.samples.findLast(({ at }) => at <= watch.latest.at - 1000);
          return before && watch.latest.videoBytes === before.videoBytes;
        }""")

    def wait_for_frames(self, more):
        """Until so many more pictures were decoded."""
        self.wait("(count) => watch.latest.frames >= count", self.latest["frames"] + more)

    @property
    def latest(self):
        return self.page.evaluate("watch.latest")

    @property
    def events(self):
        """In order: the text, or the JSON where it is binary."""
        found = self.page.evaluate("watch.events")
        return [json.loads(event["text"]) if event["binary"] else event["text"] for event in found]

    @property
    def strips(self):
        return self.page.evaluate("watch.strips")

    def energy_before(self, index):
        """How much sound there was until just before an event came."""
        return self.page.evaluate(
            """(index) => {
              const before = watch.samples.filter(({ at }) => at < watch.events[index].at - 200);
              return before.at(-1)?.energy ?? 0;
            }""",
            index,
        )

    def assert_pictures(self, max_gap, min_seen, again):
        """The numbers of the pictures that were shown only grow, without a long gap, and nearly all could be read.

        A browser that is kept from running for a second shows none of that second's: `again` has some more sent, which are judged
        by themselves.
        """
        deadline, first = time.monotonic() + PATIENCE, 0
        while True:
            strips = self.strips[first:]
            read = [strip for strip in strips if strip]
            assert len(read) >= 0.9 * len(strips), f"{len(read)} of {len(strips)}"
            steps = [later["frame"] - former["frame"] for former, later in zip(read, read[1:])]
            assert min(steps, default=0) >= 0, steps
            delays = sorted(strip["delayMs"] for strip in read)
            if len(read) >= min_seen and max(steps) <= max_gap and 0 < delays[len(delays) // 2] < 1500:
                return
            assert time.monotonic() < deadline, f"{len(read)} pictures with steps of {steps} and delays of {delays}"
            first += len(strips)
            again()
