"""`--exclusive-key` with the real program: a HeyGen session whose name was never seen is found on the list and ended.

Nobody else's is."""

import contextlib
import json
import time
import urllib.request

import pytest
from dev_relay import RunningRelay
from killed_relay import KEYS
from running_mock import running_mock
from signaling_peer import Refused, signaling_peer
from waiting import until

# 2025-08-07T15:15:53Z: what o'clock it is for a mock when it starts.
MOCK_EPOCH = 1_754_579_753
# The mock's clock moves no further at once.
LONGEST_STEP_MS = 31 * 86_400_000


@pytest.fixture
def mock():
    """A mock whose time of day is the machine's, since the relay compares the two."""
    with running_mock("--media", "none") as (mock, _):
        left = int((time.time() - MOCK_EPOCH) * 1000)
        while left > 0:
            mock.advance(min(left, LONGEST_STEP_MS))
            left -= LONGEST_STEP_MS
        yield mock


def relay(mock, folder, *arguments):
    url = mock.url.removesuffix("/__admin")
    return RunningRelay(
        "serve", "--listen-port", "0", "--heygen-url", url, "--did-url", url, "--ledger", str(folder / "ledger.db"),
        *arguments, **KEYS,
    )


def call(mock, path, body=None):
    """A call of somebody else who has the same key."""
    request = urllib.request.Request(
        f"{mock.url.removesuffix('/__admin')}/v1/{path}", data=json.dumps(body).encode() if body is not None else None,
        headers={"X-Api-Key": KEYS["AVATAR_RELAY_HEYGEN_KEY"], "Content-Type": "application/json"},
    )
    with mock.opener.open(request, timeout=10) as reply:
        return json.load(reply)["data"]


def listed(mock):
    return {session["session_id"] for session in call(mock, "streaming.list")["sessions"]}


def stranger(mock):
    """A session that is older than whatever comes next; HeyGen tells whole seconds."""
    session = call(mock, "streaming.new", {"quality": "medium"})["session_id"]
    second = int(time.time())
    until(lambda: int(time.time()), lambda now: now > second + 1, "the second is over")
    return session


def ask(relay):
    """Opens a session; the end of the relay is no mistake."""
    with contextlib.suppress(Exception), signaling_peer(relay.signaling) as peer:
        peer.ask("session.open", provider="heygen")


def leave_an_orphan(mock, folder, *arguments):
    """Kills a relay while HeyGen has opened a session and not said so yet."""
    mock.fault("heygen.new", delayMs=60_000, takesEffect=True)
    first = relay(mock, folder, *arguments)
    with contextlib.suppress(Exception), signaling_peer(first.signaling) as peer:
        peer.send("session.open", provider="heygen")
        until(lambda: mock.get("faults"), lambda faults: not faults["faults"], "the call has arrived")
        first.kill()


def test_the_orphan_of_a_killed_relay_is_closed_and_a_strangers_session_is_not(mock, tmp_path):
    older = stranger(mock)
    leave_an_orphan(mock, tmp_path, "--exclusive-key")
    orphans = listed(mock) - {older}
    assert len(orphans) == 1
    with relay(mock, tmp_path, "--exclusive-key") as second:
        stops = until(lambda: mock.calls("heygen.stop"), lambda calls: calls, "the orphan is closed")
        assert [stop["body"]["session_id"] for stop in stops] == list(orphans)
        assert listed(mock) == {older}
        # The next one is nobody's orphan: the search is over.
        with signaling_peer(second.signaling) as peer:
            session = peer.ask("session.open", provider="heygen")["session"]
            younger = call(mock, "streaming.new", {"quality": "medium"})["session_id"]
            peer.ask("session.close", session=session)
    assert listed(mock) == {older, younger}
    assert len(mock.calls("heygen.stop")) == 2


@pytest.mark.parametrize(
    "reply", [{"drop": True}, {"status": 503}, {"status": 408}, {"status": 200, "body": "what?"}], ids=str
)
def test_a_reply_that_says_nothing_is_made_up_for_while_the_relay_lives(mock, tmp_path, reply):
    older = stranger(mock)
    mock.fault("heygen.new", takesEffect=True, **reply)
    with relay(mock, tmp_path, "--exclusive-key") as one, signaling_peer(one.signaling) as peer:
        with pytest.raises(Refused) as refused:
            peer.ask("session.open", provider="heygen")
        assert refused.value.kind == "provider.fateUnknown"
        until(lambda: listed(mock), lambda left: left == {older}, "the orphan is closed")


def test_on_a_shared_key_nothing_is_looked_for(mock, tmp_path):
    older = stranger(mock)
    leave_an_orphan(mock, tmp_path)
    before = listed(mock)
    lists = len(mock.calls("heygen.list"))
    with relay(mock, tmp_path) as second:
        ask(second)
        assert "a session may be left open" in second.log.read_text()
    assert len(mock.calls("heygen.list")) == lists
    # The one that was asked for is closed with its connection; the orphan waits for HeyGen's own limit.
    assert listed(mock) == before and older in before and len(before) == 2
