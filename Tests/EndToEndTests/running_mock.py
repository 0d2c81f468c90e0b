"""The mock provider as a program of its own, whose log is looked through for secrets when it ends."""

import contextlib
import json
import subprocess
import tempfile

from dev_relay import program
from mock_control import MockControl
from secret_watch import WATCH


@contextlib.contextmanager
def running_mock(*arguments):
    """Yields its control surface and its process."""
    command = [
        program().parent / "mock-provider", "--port", "0", "--exit-with-parent", "--log-level", "debug", *arguments
    ]
    # A file takes what it writes at any length; a pipe that nobody reads would stop it.
    with tempfile.TemporaryFile() as log:
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        ) as process:
            ready = process.stdout.readline()
            try:
                yield MockControl(json.loads(ready)["url"]), process
            finally:
                process.stdin.close()
                WATCH.look("mock-provider's output", (ready + process.stdout.read()).decode(errors="replace"))
        log.seek(0)
        WATCH.look("mock-provider's log", log.read().decode(errors="replace"))
