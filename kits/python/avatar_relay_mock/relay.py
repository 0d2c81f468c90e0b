"""Runs the relay with a mock behind it, `avatar-relay dev`, for tests of what speaks with the relay."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from .mock import AvatarMock
from .program import find, program, started


class AvatarRelay:
    """A relay that is running, and the mock that stands in for its providers."""

    def __init__(self, ready: dict[str, str]):
        page = urlsplit(ready["url"])
        #: Where its pages are, and the address to which a client connects.
        self.url, self.signaling_url = f"{page.scheme}://{page.netloc}", ready["signaling"]
        #: The mock by way of the relay: its clock moves both.
        self.mock = AvatarMock(self.url)
        self.mock.did_url = self.mock.heygen_url = ready["mock"]
        self.clock = self.mock.clock


def relay_program() -> str:
    """The program: the one that `AVATAR_DEV_PROGRAM` names, the one beside the mock's, or the one in `PATH`."""
    return find("avatar-relay", "AVATAR_DEV_PROGRAM", Path(program()).parent, "beside mock-provider")


@contextlib.contextmanager
def running_relay(*arguments: str) -> Iterator[AvatarRelay]:
    """Runs a relay and a mock of one's own on ports of the system's choice, with options of `avatar-relay dev`, until the
    context ends.
    """
    with started(
        relay_program(), "dev", "--port", "0", "--exit-with-parent", "--mock-provider", program(), "--log-level", "warning",
        *arguments,
    ) as ready:
        yield AvatarRelay(ready)
