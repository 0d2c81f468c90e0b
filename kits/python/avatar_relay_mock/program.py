"""Finds the mock's program, runs it, and ends it whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .mock import AvatarMock


class MockStartError(Exception):
    """The mock could not be started; the message is what it said."""


def program() -> str:
    """The program: the one that `AVATAR_MOCK_PROGRAM` names, the one in this package, or the one in `PATH`."""
    packaged = Path(__file__).parent / "bin" / "mock-provider"
    for candidate in (os.environ.get("AVATAR_MOCK_PROGRAM"), str(packaged), shutil.which("mock-provider")):
        if candidate and os.access(candidate, os.X_OK):
            return os.path.abspath(candidate)
    raise MockStartError("mock-provider is not in this package, not in PATH, and AVATAR_MOCK_PROGRAM names none")


@contextlib.contextmanager
def running_mock(*arguments: str) -> Iterator[AvatarMock]:
    """Runs a mock of one's own on a port of the system's choice, with options of docs/mock.md.

    It holds the other end of a pipe, so that it ends with this process, even where that is killed.
    """
    command = [program(), "--exit-with-parent", "--log-level", "warning", *arguments]
    # A file takes what it writes at any length; a pipe that nobody reads would stop it.
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
            yield AvatarMock(json.loads(line)["url"])
        finally:
            process.stdin.close()


def main() -> None:
    """`mock-provider` of the package: becomes the program."""
    try:
        os.execv(program(), ["mock-provider", *sys.argv[1:]])
    except (MockStartError, OSError) as error:
        sys.exit(f"Error: {error}")
