"""`--exclusive-key` with the real program: a HeyGen session whose name was never seen is found on the list and ended.

Nobody else's is."""

import contextlib
import json
import time
import urllib.request

import pytest
from support.relay_program import KEYS, ServingRelay
from support.signaling_peer import Refused, signaling_peer
from support.waiting import until

# 2025-08-07T15:15:53Z: what o'clock it is for a mock when it starts.
MOCK_EPOCH = 1_754_579_753
# The mock's clock moves no further at once.
LONGEST_STEP_MS = 31 * 86_400_000


@pytest.fixture
def timely_mock(own_mock):
    """The mock's time of day is the machine's, since the relay compares the two."""
    left = int((time.time() - MOCK_EPOCH) * 1000)
    while left > 0:
        own_mock.advance(min(left, LONGEST_STEP_MS))
        left -= LONGEST_STEP_MS
    yield own_mock
    # The strangers' sessions are theirs to close.
    own_mock.reset()


def relay(mock, folder, *arguments):
    return ServingRelay(mock.api, "--ledger", str(folder / "ledger.db"), *arguments)


def call(mock, path, body=None):
    """A call of somebody else who has the same key."""
    request = urllib.request.Request(
        f"{mock.api}/v1/{path}", data=json.dumps(body).encode() if body is not None else None,
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


def test_the_orphan_of_a_killed_relay_is_closed_and_a_strangers_session_is_not(timely_mock, tmp_path):
    older = stranger(timely_mock)
    leave_an_orphan(timely_mock, tmp_path, "--exclusive-key")
    orphans = listed(timely_mock) - {older}
    assert len(orphans) == 1
    with relay(timely_mock, tmp_path, "--exclusive-key") as second:
        stops = until(lambda: timely_mock.calls("heygen.stop"), lambda calls: calls, "the orphan is closed")
        assert [stop["body"]["session_id"] for stop in stops] == list(orphans)
        assert listed(timely_mock) == {older}
        # The next one is nobody's orphan: the search is over.
        with signaling_peer(second.signaling) as peer:
            session = peer.ask("session.open", provider="heygen")["session"]
            younger = call(timely_mock, "streaming.new", {"quality": "medium"})["session_id"]
            peer.ask("session.close", session=session)
    assert listed(timely_mock) == {older, younger}
    assert len(timely_mock.calls("heygen.stop")) == 2


@pytest.mark.parametrize(
    "reply", [{"drop": True}, {"status": 503}, {"status": 408}, {"status": 200, "body": "what?"}], ids=str
)
def test_a_reply_that_says_nothing_is_made_up_for_while_the_relay_lives(timely_mock, tmp_path, reply):
    older = stranger(timely_mock)
    timely_mock.fault("heygen.new", takesEffect=True, **reply)
    with relay(timely_mock, tmp_path, "--exclusive-key") as one, signaling_peer(one.signaling) as peer:
        with pytest.raises(Refused) as refused:
            peer.ask("session.open", provider="heygen")
        assert refused.value.kind == "provider.fateUnknown"
        until(lambda: listed(timely_mock), lambda left: left == {older}, "the orphan is closed")


def test_on_a_shared_key_nothing_is_looked_for(timely_mock, tmp_path):
    older = stranger(timely_mock)
    leave_an_orphan(timely_mock, tmp_path)
    before = listed(timely_mock)
    lists = len(timely_mock.calls("heygen.list"))
    with relay(timely_mock, tmp_path) as second:
        ask(second)
        assert "a session may be left open" in second.log.read_text()
    assert len(timely_mock.calls("heygen.list")) == lists
    # The one that was asked for is closed with its connection; the orphan waits for HeyGen's own limit.
    assert listed(timely_mock) == before and older in before and len(before) == 2
