"""Runs `avatar-relay` in front of a mock, on a port of the system's choice."""

import contextlib
import json
import os
import subprocess


@contextlib.contextmanager
def running_relay(mock):
    """The relay's host and port."""
    command = [
        os.environ.get("RELAY_PROGRAM", "avatar-relay"), "serve", "--listen-port", "0", "--did-url", mock.did_url,
        "--log-level", "warning",
    ]
    settings = {
        "AVATAR_RELAY_DID_KEY": "any", "AVATAR_RELAY_LEDGER": "none",
        # Where the Debian package has the client, unless the environment says otherwise.
        "AVATAR_RELAY_WEB_ROOT": "/usr/share/avatar-relay/web",
    }
    with subprocess.Popen(command, env=settings | os.environ, stdout=subprocess.PIPE) as process:
        try:
            signaling = json.loads(process.stdout.readline())["signaling"]
            yield signaling.split("/")[2].replace("127.0.0.1", "localhost")
        finally:
            process.terminate()
