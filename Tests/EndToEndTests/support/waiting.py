"""Waits for something to become true, and says what was true instead."""

import time

# In seconds: what has to come is waited for so long. Only a failure takes that, so it is long enough for a busy machine.
PATIENCE = 60


def until(look, wanted, what, seconds=PATIENCE, interval=0.02):
    """Calls `look` until `wanted` is true of its result; returns that result."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if wanted(seen):
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s; last seen: {seen!r}")
        # Another process is asked, or its log is read: there is no event to wait for. Less and less often, since to ask
        # costs both of them more than the little that is lost by it.
        time.sleep(interval)
        interval = max(interval, min(1.3 * interval, 0.2))
