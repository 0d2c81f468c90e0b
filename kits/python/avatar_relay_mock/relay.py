"""Runs the relay with a mock behind it, `avatar-relay dev`, for tests of what speaks with the relay."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from .mock import AvatarMock
from .program import MockStartError, program


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
    beside = Path(program()).parent / "avatar-relay"
    for candidate in (os.environ.get("AVATAR_DEV_PROGRAM"), str(beside), shutil.which("avatar-relay")):
        if candidate and os.access(candidate, os.X_OK):
            return os.path.abspath(candidate)
    raise MockStartError("avatar-relay is not beside mock-provider, not in PATH, and AVATAR_DEV_PROGRAM names none")


@contextlib.contextmanager
def running_relay(*arguments: str) -> Iterator[AvatarRelay]:
    """Runs a relay and a mock of one's own on ports of the system's choice, with options of `avatar-relay dev`.

    It holds the other end of a pipe, so that both end with this process, even where that is killed.
    """
    command = [
        relay_program(), "dev", "--port", "0", "--exit-with-parent", "--mock-provider", program(), "--log-level", "warning",
        *arguments,
    ]
    # A file takes what it writes at any length.
    with tempfile.TemporaryFile() as log, subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
    ) as process:
        assert process.stdin and process.stdout
        try:
            line = process.stdout.readline()
            if not line:
                process.wait()
                log.seek(0)
                raise MockStartError(log.read().decode(errors="replace").strip() or f"exit code {process.returncode}")
            yield AvatarRelay(json.loads(line))
        finally:
            process.stdin.close()
