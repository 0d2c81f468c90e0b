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


def find(name: str, variable: str, folder: Path, place: str) -> str:
    """The program that the variable names, the one in the folder, which errors call `place`, or the one in `PATH`."""
    for candidate in (os.environ.get(variable), str(folder / name), shutil.which(name)):
        if candidate and os.access(candidate, os.X_OK):
            return os.path.abspath(candidate)
    raise MockStartError(f"{name} is not {place}, not in PATH, and {variable} names none")


def program() -> str:
    """The program: the one that `AVATAR_MOCK_PROGRAM` names, the one in this package, or the one in `PATH`."""
    return find("mock-provider", "AVATAR_MOCK_PROGRAM", Path(__file__).parent / "bin", "in this package")


@contextlib.contextmanager
def started(*command: str) -> Iterator[dict[str, str]]:
    """Runs a program that ends with its parent, and gives the JSON line that it writes when it is ready.

    This process holds the other end of the pipe that it watches, so that it ends with it, even where that is killed.
    """
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
            yield json.loads(line)
        finally:
            process.stdin.close()


@contextlib.contextmanager
def running_mock(*arguments: str) -> Iterator[AvatarMock]:
    """Runs a mock of one's own on a port of the system's choice, with options of docs/mock.md, until the context ends."""
    with started(program(), "--exit-with-parent", "--log-level", "warning", *arguments) as ready:
        yield AvatarMock(ready["url"])


def main() -> None:
    """`mock-provider` of the package: becomes the program."""
    try:
        os.execv(program(), ["mock-provider", *sys.argv[1:]])
    except (MockStartError, OSError) as error:
        sys.exit(f"Error: {error}")
