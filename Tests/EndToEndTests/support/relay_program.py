"""Runs the real program, `avatar-relay`, and ends it."""

import json
import os
import select
import signal
import subprocess
from pathlib import Path

from .secret_watch import WATCH
from .waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[3]
# The client and the console as users get them; written anew at the start of each run.
WEB = ROOT / ".build-web"
# What a relay needs to serve both providers; the secret watch knows the keys.
PHOTO = "https://avatar.example/anna.png"
KEYS = {"AVATAR_RELAY_DID_KEY": "canary-did", "AVATAR_RELAY_HEYGEN_KEY": "canary-heygen"}


def program():
    """The binary under test."""
    binary = Path(os.environ.get("AVATAR_RELAY_BINARY", ROOT / ".build/debug/avatar-relay"))
    if not binary.is_file():
        raise FileNotFoundError(f"{binary} is missing; build it, or name it in AVATAR_RELAY_BINARY")
    return binary.absolute()


def environment(**settings):
    """This process's, but the program's own settings: it refuses what it does not know, and others' are not the tests'.

    A test that wants a ledger names one; the others leave no file behind.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("AVATAR_RELAY_")}
    for name, value in settings.items():
        if name.endswith("_KEY"):
            WATCH.add_key(value)
    return own | {"AVATAR_RELAY_LEDGER": "none"} | settings


class RunningRelay:
    """A relay that says that it is ready; ended by SIGTERM, which must end it with 0."""

    def __init__(self, *arguments, folder=ROOT, **settings):
        self.log = ROOT / ".build-screens" / f"relay-{os.getpid()}-{id(self)}.log"
        self.log.parent.mkdir(exist_ok=True)
        # Everything is written, so that the end of the run can look for secrets in it.
        if "--log-level" not in arguments and "AVATAR_RELAY_LOG_LEVEL" not in settings:
            arguments = (*arguments, "--log-level", "trace")
        with self.log.open("wb") as log:
            # A session of its own, so that a test can signal the group as a terminal does.
            self.process = subprocess.Popen(
                [program(), *arguments], cwd=folder, env=environment(**settings), stdout=subprocess.PIPE, stderr=log,
                start_new_session=True,
            )
        try:
            self.ready = self._ready()
        except BaseException:
            self.process.kill()
            raise
        self.url, self.signaling, self.mock = (self.ready.get(name) for name in ("url", "signaling", "mock"))

    def _ready(self):
        text = b""
        while b"\n" not in text:
            readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            chunk = os.read(self.process.stdout.fileno(), 65536) if readable else b""
            if not chunk:
                raise AssertionError(f"no ready line; the log says:\n{self.log.read_text(errors='replace')[-4000:]}")
            text += chunk
        ready = json.loads(text.split(b"\n")[0])
        assert ready["event"] == "ready"
        return ready

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds=PATIENCE):
        """The exit status."""
        return self.process.wait(seconds)

    def kill(self):
        """Ends it as a power switch would."""
        self.process.kill()
        self.process.wait()
        self._look_for_secrets()
        self.log.unlink()

    def _look_for_secrets(self):
        WATCH.look(self.log.name, self.log.read_text(errors="replace"))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.terminate()
        try:
            status = self.wait()
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"the relay did not end within {PATIENCE} s of SIGTERM") from None
        self._look_for_secrets()
        if kind is None:
            assert status == 0, f"exit status {status}; the log says:\n{self.log.read_text(errors='replace')[-4000:]}"
            self.log.unlink()


class ServingRelay(RunningRelay):
    """`avatar-relay serve` in front of a mock, with a key for each provider."""

    def __init__(self, api, *arguments, **settings):
        super().__init__(
            "serve", "--listen-port", "0", "--did-url", api, "--heygen-url", api, "--did-source-url", PHOTO, *arguments,
            **(KEYS | settings),
        )


class DevRelay(RunningRelay):
    """`avatar-relay dev` on ports of the system's choice, with the mock provider as its child."""

    def __init__(self, *arguments):
        # What a page that said goodbye should have ended is not ended by the grace time while a test waits for it.
        if "--time-grace-seconds" not in arguments:
            arguments = (*arguments, "--time-grace-seconds", str(2 * PATIENCE))
        super().__init__("dev", "--port", "0", "--web-root", str(WEB), *arguments)
