"""The program `mock-provider`, without media, for tests that start their relays themselves."""

import contextlib
import json
import subprocess

from dev_relay import program
from mock_control import MockControl


@contextlib.contextmanager
def running_mock():
    """Starts the mock; it ends with the block, or with this process."""
    command = [program().parent / "mock-provider", "--port", "0", "--media", "none", "--exit-with-parent"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        yield MockControl(json.loads(process.stdout.readline())["url"])
        process.stdin.close()
