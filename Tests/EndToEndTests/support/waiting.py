"""Waits for something to become true, and says what was true instead."""

import time


def until(look, wanted, what, seconds=20, interval=0.02):
    """Calls `look` until `wanted` is true of its result; returns that result."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if wanted(seen):
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s; last seen: {seen!r}")
        # Another process is asked, or its log is read: there is no event to wait for.
        time.sleep(interval)
