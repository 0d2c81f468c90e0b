"""A relay in front of a mock of its own that serves the vendors' APIs, and the scripts that call it."""

import contextlib
import subprocess

from support.relay_program import ServingRelay, environment, program
from support.vendor_script import SERVICES

# Nobody waits for a place: who meets a limit is told so at once.
PASS = ["--passthrough", "--limits-waiting-opens", "0"]


class PassingRelay(ServingRelay):
    """With both vendors' APIs under its own address."""

    def __init__(self, mock, *arguments, **settings):
        super().__init__(mock.api, *PASS, *arguments, **settings)

    @property
    def base(self):
        return self.url.split("/console")[0].rstrip("/")

    def script(self, service, **headers):
        script = SERVICES[service]
        return script(f"{self.base}/{script.vendor}", **headers)


def begin(script):
    """Opens a session and negotiates, as its page would."""
    opened = script.open()
    assert opened.status in (200, 201), opened.text
    assert script.candidate().status == 200
    assert script.answer().status == 200
    return script


@contextlib.contextmanager
def passing(mock, *arguments, **settings):
    with PassingRelay(mock, *arguments, **settings) as relay:
        yield relay


class Issuer:
    """Makes tokens; `options` are those of a relay that believes them."""

    def __init__(self, folder):
        self.key = folder / "token-key"
        self.key.write_text("canary-token-key-0123456789abcdef0123456789")
        self.options = ["--access-key-files", f"k=hs256:{self.key}"]

    def token(self, *arguments, subject="alice"):
        command = [program(), "token", "--key-file", f"k=hs256:{self.key}", "--subject", subject, *arguments]
        made = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
        return made.stdout.strip()
