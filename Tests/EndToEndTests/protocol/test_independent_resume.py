"""Resuming by a client that knows nothing but docs/protocol.md: what a connection lost, another one takes over."""

import pytest
from support.signaling_peer import signaling_peer
from support.waiting import until
from whole_session import close, negotiate, open_session


@pytest.fixture
def other(relay, peer):
    """A second connection of the same client: its ids go on where the first one's are by then."""
    with signaling_peer(relay.signaling) as other:
        yield other


def hand_over(old, new):
    new.last_id = old.last_id


def resume(peer, session, secret, last_seq):
    return peer.ask("session.resume", session=session, secret=secret, lastSeq=last_seq)


def speaks(mock):
    return len(mock.calls("did.speak"))


def test_what_was_missed_comes_in_order_and_a_resent_speak_is_spoken_once(relay, peer, mock):
    session, opened = open_session(peer, "did")
    negotiate(peer, session, opened, "a")
    peer.ask("session.report", session=session, iceConnectionState="connected")
    peer.wait_for("session.state", session=session, state="live")
    last_seq = peer.told(session)[-1]["params"]["seq"]
    mock.fault("did.speak", delayMs=60_000)
    speak = peer.send("session.speak", session=session, text="Once")
    mock.wait_for_calls("did.speak", 1)
    peer.socket.socket.close()
    mock.advance(60_000)
    with signaling_peer(relay.signaling) as other:
        hand_over(peer, other)
        resumed = resume(other, session, opened["secret"], last_seq)
        assert resumed["secret"] != opened["secret"]
        other.last_id, before = speak - 1, other.last_id
        assert other.send("session.speak", session=session, text="Once") == speak
        other.last_id = before
        talk = other.result(speak)["talk"]
        other.wait_for("session.talk", talk=talk, phase="ended")
        told = [message["params"] for message in other.notifications]
        assert [params["seq"] for params in told] == list(range(last_seq + 1, last_seq + 1 + len(told)))
        assert [params["phase"] for params in told] == ["accepted", "started", "ended"]
        assert speaks(mock) == 1
        other.ask("session.close", session=session)
    mock.assert_nothing_left()


def test_the_one_who_is_taken_over_is_told_by_a_terminal_code(peer, other, mock):
    session, opened = open_session(peer, "did")
    hand_over(peer, other)
    assert resume(other, session, opened["secret"], 0)["replayed"] == 1
    assert peer.close_code() == 4502
    close(other, session)


def test_secrets_rotate_once_the_client_was_heard_from(peer, other, mock):
    session, opened = open_session(peer, "did")
    hand_over(peer, other)
    lost = resume(other, session, opened["secret"], 0)["secret"]
    # As if the result had been lost: the old one is still good.
    fresh = resume(other, session, opened["secret"], 0)["secret"]
    assert len({opened["secret"], lost, fresh}) == 3
    other.ask("session.report", session=session, iceConnectionState="checking")
    error = other.refusal("session.resume", session=session, secret=opened["secret"], lastSeq=0)
    assert error["data"]["kind"] == "session.secretInvalid"
    close_after_resumes(other, session)


def close_after_resumes(peer, session):
    """The notifications of several resumes are repetitions of each other."""
    assert peer.ask("session.close", session=session) == {}
    peer.wait_for("session.closed", session=session)


def test_guessing_has_an_end(peer, other, mock):
    session, opened = open_session(peer, "did")
    for _ in range(4):
        error = other.refusal("session.resume", session=session, secret="guessed", lastSeq=0)
        assert error["data"]["kind"] == "session.secretInvalid"
    other.send("session.resume", session=session, secret="guessed", lastSeq=0)
    assert other.close_code() == 4503
    close(peer, session)


def test_a_stranger_who_knows_the_id_alone_gets_nothing(peer, other, mock):
    session, opened = open_session(peer, "did")
    hand_over(peer, other)
    for method in ("session.extend", "session.close"):
        assert other.refusal(method, session=session)["data"]["kind"] == "session.notFound"
    assert mock.open_sessions() == 1
    close(peer, session)


def test_who_comes_late_learns_why(relay, peer, mock):
    session, opened = open_session(peer, "did")
    negotiate(peer, session, opened, "a")
    mock.advance(301_000)
    peer.send("session.speak", session=session, text="Anybody there?")
    peer.wait_for("session.closed", session=session)
    with signaling_peer(relay.signaling) as other:
        hand_over(peer, other)
        error = other.refusal("session.resume", session=session, secret=opened["secret"], lastSeq=0)
        assert error["data"]["kind"] == "session.closed"
        assert error["data"]["end"]["reason"] == "provider" and error["data"]["end"]["action"] == "reconnect"
        refused = other.refusal("session.resume", session="A" * 22, secret="x", lastSeq=0)
        assert refused["data"]["kind"] == "session.notFound"


def test_the_session_goes_on_while_nobody_is_there(relay, peer, mock):
    session, opened = open_session(peer, "did")
    negotiate(peer, session, opened, "a")
    spoken = peer.ask("session.speak", session=session, text="While you were away")
    peer.socket.socket.close()
    until(lambda: speaks(mock), lambda count: count == 1, "it was spoken")
    with signaling_peer(relay.signaling) as other:
        hand_over(peer, other)
        resume(other, session, opened["secret"], 0)
        other.wait_for("session.talk", talk=spoken["talk"], phase="ended")
        other.told(session)
        assert mock.open_sessions() == 1
        close(other, session)
