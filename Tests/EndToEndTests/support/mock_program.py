"""Runs the mock provider as a program of its own, and speaks to its control surface (docs/mock.md)."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request

from .relay_program import program
from .secret_watch import WATCH
from .waiting import PATIENCE


class MockControl:
    """What the mock saw, and what it is to do next."""

    def __init__(self, url):
        # Where the vendors' APIs are.
        self.api = url
        self.url = f"{url}/__admin"
        # Environment proxies have no business between two processes of this machine.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path):
        with self.opener.open(f"{self.url}/{path}", timeout=PATIENCE) as reply:
            return json.load(reply)

    def post(self, path, body=None):
        request = urllib.request.Request(f"{self.url}/{path}", method="POST", data=json.dumps(body or {}).encode())
        request.add_header("Content-Type", "application/json")
        try:
            with self.opener.open(request, timeout=PATIENCE + 10) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.status} {error.read().decode()}") from None

    def reset(self):
        self.post("reset")

    def advance(self, milliseconds):
        self.post("clock", {"advanceMs": milliseconds})

    def fault(self, call, **what):
        self.post("faults", {"call": call, **what})

    def answer(self, text=None, **rule):
        """What D-ID's agents answer."""
        self.post("agents/answers", rule if text is None else {"text": text, **rule})

    def forget_faults(self):
        with self.opener.open(urllib.request.Request(f"{self.url}/faults", method="DELETE"), timeout=PATIENCE) as reply:
            assert reply.status == 200

    def open_sessions(self):
        counts = self.get("sessions")["open"]
        return counts["did"] + counts["heygen"]

    def calls(self, *names):
        """The journal's entries of these calls, in order."""
        return [entry for entry in self.get("requests")["requests"] if entry["call"] in names]

    def wait_for_calls(self, name, count):
        """Calls that arrived; one that was not answered yet has no status."""
        self.post("requests/wait", {"call": name, "count": count, "timeoutMs": PATIENCE * 1000})
        return self.calls(name)

    def wait_for_answers(self, name, count):
        """Calls that were answered, each with its status."""
        self.post("requests/wait", {"call": name, "count": count, "stage": "answered", "timeoutMs": PATIENCE * 1000})
        return [call for call in self.calls(name) if call["status"] is not None]

    def assert_nothing_left(self):
        """No session is open at the provider any more, or soon."""
        self.post("sessions/wait", {"open": 0, "timeoutMs": PATIENCE * 1000})


class RunningMock(MockControl):
    """A mock with a process of its own, which is started here; nobody else uses it."""

    def __init__(self, url, process):
        super().__init__(url)
        self.process = process

    def halt(self):
        """It answers nothing from here on, until it gets a SIGCONT."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)


@contextlib.contextmanager
def running_mock(*arguments):
    """Starts one; when it ends, what it wrote is looked through for secrets."""
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
                yield RunningMock(json.loads(ready)["url"], process)
            finally:
                process.stdin.close()
                WATCH.look("mock-provider's output", (ready + process.stdout.read()).decode(errors="replace"))
        log.seek(0)
        WATCH.look("mock-provider's log", log.read().decode(errors="replace"))
