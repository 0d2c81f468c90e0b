"""What a program finds at its start, and what it gives its child: descriptors, pipes, environment."""

import os
import pathlib
import socket
import sqlite3
import subprocess

import pytest
from support.relay_program import RunningRelay, ServingRelay, environment, program
from support.signaling_peer import SignalingPeer, signaling_peer
from support.waiting import PATIENCE, until
from websockets.sync.client import unix_connect

MOCK = program().with_name("mock-provider")


def connects(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_descriptors_do_no_harm(own_mock, tmp_path, closed):
    """Without care the ledger would be descriptor 2, and the log written into it."""
    path, ledger = tmp_path / "relay.sock", tmp_path / "ledger.db"
    close = "; ".join(f"exec {number}>&-" for number in closed)
    command = [
        str(program()), "serve", "--listen-unix-socket", str(path), "--ledger", str(ledger), "--heygen-url", own_mock.api,
        "--log-level", "trace",
    ]
    process = subprocess.Popen(
        ["sh", "-c", f'{close}; exec "$@"', "sh", *command], env=environment(AVATAR_RELAY_HEYGEN_KEY="canary-heygen"),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        # The file is there a moment before anybody listens on it.
        until(lambda: connects(path), bool, "a socket that is listened on")
        for number in closed:
            assert os.readlink(f"/proc/{process.pid}/fd/{number}") == "/dev/null"
        with unix_connect(
            str(path), uri="ws://localhost/v1/signaling", subprotocols=["avatar-relay.v1"], proxy=None,
            open_timeout=PATIENCE, ping_interval=None,
        ) as connection:
            peer = SignalingPeer(connection)
            peer.ask("session.open", provider="heygen")
        process.terminate()
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
    with sqlite3.connect(ledger) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert file.execute("SELECT count(*) FROM session").fetchone() == (1,)


@pytest.mark.parametrize("command", [[program(), "check"], [program(), "--help"], [MOCK, "--help"]])
def test_a_pipe_that_nobody_reads_ends_nobody_by_a_signal(command):
    read, write = os.pipe()
    os.close(read)
    # Python ignores the signal, and children inherit that.
    process = subprocess.run(
        command, env=environment(), stdout=write, stderr=subprocess.PIPE, timeout=PATIENCE, check=False, restore_signals=True)
    os.close(write)
    assert process.returncode >= 0, "ended by a signal"


def test_the_mock_gets_no_setting_of_the_relay(tmp_path):
    key = tmp_path / "key"
    key.write_text("canary-admin-key-0123456789abcdef0123")
    settings = {
        "AVATAR_RELAY_DID_KEY": "canary-did", "AVATAR_RELAY_LEDGER_PASSWORD": "canary-password",
        "AVATAR_RELAY_ADMIN_KEY_FILE": str(key),
    }
    with RunningRelay("dev", "--port", "0", **settings) as relay:
        threads = pathlib.Path(f"/proc/{relay.process.pid}/task").iterdir()
        [child] = [child for thread in threads for child in (thread / "children").read_text().split()]
        variables = pathlib.Path(f"/proc/{child}/environ").read_bytes()
        assert b"PATH=" in variables
        assert b"AVATAR_RELAY" not in variables and b"canary" not in variables


def test_clients_are_told_no_host_of_the_operators_network():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        proxy = f"http://127.0.0.1:{port}"
        with ServingRelay("https://provider.internal", "--upstream-proxy", proxy) as relay:
            with signaling_peer(relay.signaling) as peer:
                error = peer.refusal("session.open", provider="heygen")
            assert error["data"]["kind"] == "provider.unreachable"
            for word in ("127.0.0.1", str(port), "internal"):
                assert word not in str(error)
            # The operator is told.
            until(relay.log.read_text, lambda text: str(port) in text, "the port in the log")
