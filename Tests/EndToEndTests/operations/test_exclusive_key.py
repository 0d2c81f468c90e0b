"""`--exclusive-key` with the real program: a HeyGen session whose name was never seen is found on the list and ended.

Nobody else's is."""

import contextlib
import email.utils
import json
import time
import urllib.request

import pytest
from support.relay_program import KEYS, ServingRelay
from support.signaling_peer import Refused, signaling_peer
from support.waiting import PATIENCE, until


@pytest.fixture
def shared_mock(own_mock):
    """Somebody else opens sessions there, too."""
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
    with mock.opener.open(request, timeout=PATIENCE) as reply:
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


def test_the_orphan_of_a_killed_relay_is_closed_and_a_strangers_session_is_not(shared_mock, tmp_path):
    older = stranger(shared_mock)
    leave_an_orphan(shared_mock, tmp_path, "--exclusive-key")
    orphans = listed(shared_mock) - {older}
    assert len(orphans) == 1
    with relay(shared_mock, tmp_path, "--exclusive-key") as second:
        stops = until(lambda: shared_mock.calls("heygen.stop"), lambda calls: calls, "the orphan is closed")
        assert [stop["body"]["session_id"] for stop in stops] == list(orphans)
        assert listed(shared_mock) == {older}
        # The next one is nobody's orphan: the search is over.
        with signaling_peer(second.signaling) as peer:
            session = peer.ask("session.open", provider="heygen")["session"]
            younger = call(shared_mock, "streaming.new", {"quality": "medium"})["session_id"]
            peer.ask("session.close", session=session)
    assert listed(shared_mock) == {older, younger}
    assert len(shared_mock.calls("heygen.stop")) == 2


def tell_list(mock, offset):
    """HeyGen's list as a clock tells it that is so many seconds off; the mock's own goes forward only."""
    sessions = call(mock, "streaming.list")["sessions"]
    body = {"data": {"sessions": [{**session, "created_at": session["created_at"] + offset} for session in sessions]}}
    date = email.utils.formatdate(time.time() + offset, usegmt=True)
    mock.fault("heygen.list", status=200, body={"code": 100, **body}, headers={"Date": date}, times=100)


@pytest.mark.parametrize("way", ["ahead", "behind"])
def test_a_clock_that_is_a_minute_off_changes_nothing(shared_mock, tmp_path, way):
    """The stranger's session is some seconds older than the orphan, and must not be taken for it."""
    if way == "ahead":
        shared_mock.advance(60_000)
    older = stranger(shared_mock)
    leave_an_orphan(shared_mock, tmp_path, "--exclusive-key")
    orphans = listed(shared_mock) - {older}
    if way == "behind":
        tell_list(shared_mock, -60)
    with relay(shared_mock, tmp_path, "--exclusive-key"):
        stops = until(lambda: shared_mock.calls("heygen.stop"), lambda calls: calls, "the orphan is closed")
    assert [stop["body"]["session_id"] for stop in stops] == list(orphans)
    left = {session["id"] for session in shared_mock.get("sessions?state=open")["sessions"]}
    assert left == {older}


def test_a_clock_that_is_a_minute_ahead_has_no_strangers_session_ended(shared_mock, tmp_path):
    """Nothing was opened: all that is on the list is older."""
    shared_mock.advance(60_000)
    older = stranger(shared_mock)
    shared_mock.fault("heygen.new", status=503)
    with relay(shared_mock, tmp_path, "--exclusive-key") as one, signaling_peer(one.signaling) as peer:
        with pytest.raises(Refused):
            peer.ask("session.open", provider="heygen")
        until(lambda: shared_mock.calls("heygen.list"), lambda calls: len(calls) >= 3, "it was looked for")
    assert not shared_mock.calls("heygen.stop")
    assert [session["id"] for session in shared_mock.get("sessions?state=open")["sessions"]] == [older]


@pytest.mark.parametrize(
    "reply", [{"drop": True}, {"status": 503}, {"status": 408}, {"status": 200, "body": "what?"}], ids=str
)
def test_a_reply_that_says_nothing_is_made_up_for_while_the_relay_lives(shared_mock, tmp_path, reply):
    older = stranger(shared_mock)
    shared_mock.fault("heygen.new", takesEffect=True, **reply)
    with relay(shared_mock, tmp_path, "--exclusive-key") as one, signaling_peer(one.signaling) as peer:
        with pytest.raises(Refused) as refused:
            peer.ask("session.open", provider="heygen")
        assert refused.value.kind == ("provider.malformedReply" if "body" in reply else "provider.fateUnknown")
        until(lambda: listed(shared_mock), lambda left: left == {older}, "the orphan is closed")


def test_on_a_shared_key_nothing_is_looked_for(shared_mock, tmp_path):
    older = stranger(shared_mock)
    leave_an_orphan(shared_mock, tmp_path)
    before = listed(shared_mock)
    lists = len(shared_mock.calls("heygen.list"))
    with relay(shared_mock, tmp_path) as second:
        ask(second)
        until(second.log.read_text, lambda log: "a session may be left open" in log, "the line in the log")
    assert len(shared_mock.calls("heygen.list")) == lists
    # The one that was asked for is closed with its connection; the orphan waits for HeyGen's own limit.
    assert listed(shared_mock) == before and older in before and len(before) == 2
