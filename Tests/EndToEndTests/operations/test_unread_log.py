"""A standard error that nobody reads, of either program, or that strangers would fill; and signals to a relay that is leaving already."""

import contextlib
import json
import os
import re
import signal
import subprocess
import time
import urllib.error

import pytest
from protocol.raw_web_socket import RawWebSocket
from support.mock_program import RunningMock
from support.relay_program import KEYS, PHOTO, ServingRelay, environment, program
from support.secret_watch import WATCH
from support.signaling_peer import signaling_peer
from support.waiting import PATIENCE

TOKEN_KEY = "canary-unread-log-of-sufficient-length"
PIPE_BYTES = 64 * 1024


@pytest.fixture
def guarded(tmp_path):
    """Arguments with which tokens are asked for, and a good token."""
    key = tmp_path / "key"
    key.write_text(TOKEN_KEY)
    WATCH.add(TOKEN_KEY)
    token = subprocess.run(
        [program(), "token", "--key-file", f"k=hs256:{key}", "--subject", "alice"], env=environment(),
        capture_output=True, text=True, timeout=PATIENCE, check=True,
    ).stdout.strip()
    return ["--access-key-files", f"k=hs256:{key}"], token


@contextlib.contextmanager
def unread(mock, *arguments, level="info"):
    """A relay into whose standard error nobody looks, unless the test does."""
    command = [
        program(), "serve", "--listen-port", "0", "--heygen-url", mock.api, "--did-url", mock.api, "--did-source-url", PHOTO,
        "--log-format", "json", "--log-level", level, "--time-drain-seconds", "300", *arguments,
    ]
    with subprocess.Popen(command, env=environment(**KEYS), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process, json.loads(process.stdout.readline())["signaling"]
        finally:
            process.kill()


def wrong_token(url):
    with RawWebSocket(url, protocols="avatar-relay.v1, avatar-relay.token.nonsense") as socket:
        assert socket.close_frame()[0] == 4501


def records(log):
    return [json.loads(line) for line in log.splitlines()]


def test_a_standard_error_that_nobody_reads_stops_nothing(own_mock, guarded):
    arguments, token = guarded
    with unread(own_mock, *arguments, level="trace") as (process, url):
        # At this level each of them writes more than a hundred bytes: more than the pipe takes.
        for _ in range(PIPE_BYTES // 100):
            wrong_token(url)
        with signaling_peer(url) as peer:
            peer.ask("authorize", token=token)
            session = peer.ask("session.open", provider="heygen")["session"]
            assert own_mock.open_sessions() == 1
            peer.ask("session.close", session=session)
            peer.ask("session.open", provider="heygen")
            # Its deadline is later.
            process.terminate()
            assert process.wait(PATIENCE) == 0
        assert own_mock.open_sessions() == 0
        log = process.stderr.read().decode()
        assert len(log) > PIPE_BYTES * 0.9, "the pipe was full"
        WATCH.look("an unread log", log)


def test_the_mocks_standard_error_that_nobody_reads_stops_nothing():
    command = [program().parent / "mock-provider", "--port", "0", "--media", "none", "--log-level", "debug"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            mock = RunningMock(json.loads(process.stdout.readline())["url"], process)
            # Each is noted in a line of more than a hundred bytes: more than the pipe takes.
            count = PIPE_BYTES // 100
            for _ in range(count):
                with contextlib.suppress(urllib.error.HTTPError):
                    mock.opener.open(f"{mock.api}/v1/streaming.list", timeout=PATIENCE)
            assert len(mock.calls("heygen.list")) == count
            process.terminate()
            assert process.wait(PATIENCE) == 0
            log = process.stderr.read().decode()
            assert len(log) > PIPE_BYTES * 0.9, "the pipe was full"
            assert log.count(" mock-provider: answered ") > 100
        finally:
            process.kill()


def test_what_strangers_cause_is_logged_once_a_second_and_the_last_lines_are_written(own_mock, guarded):
    arguments, _ = guarded
    with unread(own_mock, *arguments) as (process, url):
        begun = time.monotonic()
        for _ in range(442):
            wrong_token(url)
        seconds = time.monotonic() - begun
        process.terminate()
        assert process.wait(PATIENCE) == 0
        log = process.stderr.read().decode()
        refused = [record for record in records(log) if record["message"] == "token refused"]
        assert sum(int(record.get("count", 1)) for record in refused) == 442
        assert len(refused) <= seconds + 3
        assert any(record["message"] == "leaving" for record in records(log))
        WATCH.look("a read log", log)


def test_a_second_signal_hurries_the_drain_and_a_third_ends_it(own_mock):
    def leaving(relay, peer):
        """A relay that is leaving and has to wait for its provider."""
        session = peer.ask("session.open", provider="did")["session"]
        own_mock.fault("did.delete", delayMs=60_000, takesEffect=True)
        relay.terminate()
        peer.wait_for("server.draining")
        return session

    with ServingRelay(own_mock.api, "--time-drain-seconds", "300") as relay, signaling_peer(relay.signaling) as peer:
        session = leaving(relay, peer)
        relay.terminate()
        assert peer.close_code() == 4000
        assert relay.wait() == 0
        log = relay.log.read_text()
        assert "leaving in a hurry" in log
        assert re.search(rf"sessions were not closed in time.*{session}", log)
    own_mock.reset()
    relay = ServingRelay(own_mock.api, "--time-drain-seconds", "300")
    with signaling_peer(relay.signaling) as peer:
        leaving(relay, peer)
        # It finds both at once: two seconds after the second it would have ended in order.
        relay.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, relay.process.pid, os.WSTOPPED | os.WNOWAIT)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCONT):
            relay.process.send_signal(number)
        assert relay.wait() in (128 + signal.SIGTERM, 128 + signal.SIGINT)
    assert all(words in relay.log.read_text() for words in ("leaving in a hurry", "ending without leaving"))
    relay.kill()
    own_mock.reset()
