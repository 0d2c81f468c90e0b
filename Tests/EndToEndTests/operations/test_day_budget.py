"""The real program and the seconds of a day: all sessions end, none is opened, and no restart gives a second back."""

import json
import subprocess
import time

import pytest
from support.relay_program import ServingRelay, environment, program
from support.signaling_peer import signaling_peer
from support.waiting import PATIENCE, until

BUDGET = 16


@pytest.fixture
def start_relay(own_mock, tmp_path):
    """Starts a relay; each time with the same ledger and the same file of settings."""
    if 86_400 - time.time() % 86_400 < 60:
        pytest.skip("a new day would begin in the middle of the test")
    settings = tmp_path / "relay.json"
    settings.write_text(json.dumps({"limits": {"total-seconds-per-day": BUDGET}}))
    return lambda: ServingRelay(
        own_mock.api, "--config", str(settings), "--ledger", str(tmp_path / "ledger.db"), "--admin-listen",
        f"unix:{tmp_path / 'admin.sock'}",
    )


def listed(folder, *arguments):
    ended = subprocess.run(
        [program(), "sessions", "list", "--admin-listen", f"unix:{folder / 'admin.sock'}", *arguments],
        env=environment(), capture_output=True, text=True, timeout=PATIENCE, check=True,
    )
    return ended.stdout


def usage(folder):
    """How old the open sessions are together, and how much of the day is left, in milliseconds."""
    answer = json.loads(listed(folder, "--json"))
    return sum(row["ageMs"] for row in answer["sessions"]), answer["day"]["leftMs"]


def left_ms(folder):
    return usage(folder)[1]


def refused(peer):
    asked = time.time()
    data = peer.refusal("session.open", provider="did")["data"]
    assert (data["kind"], data["limit"], data["retryable"]) == ("session.limit", "totalSecondsPerDay", True)
    left = [(86_400 - moment % 86_400) * 1000 for moment in (time.time(), asked)]
    assert left[0] - 1000 < data["retryAfterMs"] < left[1] + 1000


def test_the_day_is_over_for_every_client_and_every_restart(own_mock, start_relay, tmp_path):
    with start_relay() as one:
        assert left_ms(tmp_path) == BUDGET * 1000
        with signaling_peer(one.signaling) as peer, signaling_peer(one.signaling) as other:
            began = time.monotonic()
            sessions = [peer.ask("session.open", provider="did")["session"]]
            sessions.append(other.ask("session.open", provider="heygen")["session"])
            # Each second counts twice where there are two of them.
            (age, left), (later_age, later_left) = usage(tmp_path), usage(tmp_path)
            assert later_age > age and left - later_left == pytest.approx(later_age - age, abs=50)
            for client, session in zip([peer, other], sessions, strict=True):
                ended = client.wait_for("session.closed", session=session)
                assert (ended["reason"], ended["action"]) == ("budget", "stop")
            assert BUDGET / 2 - 0.5 < time.monotonic() - began
            refused(peer)
            refused(other)
        assert f"0 of the day's {BUDGET} seconds are left: no session may be opened until 00:00 UTC" in listed(tmp_path)
        until(own_mock.open_sessions, lambda count: count == 0, "the sessions are closed")
    for _ in range(2):
        later = start_relay()
        with signaling_peer(later.signaling) as peer:
            refused(peer)
        # Nor does a power cut bring it back.
        later.kill()
    assert len(own_mock.calls("did.create")) == 1 and len(own_mock.calls("heygen.new")) == 1


def test_what_a_closed_session_used_is_written_down(own_mock, start_relay, tmp_path):
    with start_relay() as one, signaling_peer(one.signaling) as peer:
        session = peer.ask("session.open", provider="did")["session"]
        until(lambda: left_ms(tmp_path), lambda left: left < BUDGET * 1000 - 1500, "some seconds are used")
        peer.ask("session.close", session=session)
        rest = left_ms(tmp_path)
    with start_relay():
        assert abs(left_ms(tmp_path) - rest) < 200
