"""Whole sessions by a client that knows nothing but docs/protocol.md."""

import pytest
from support.mock_program import MockControl
from support.relay_program import DevRelay
from support.signaling_peer import Refused, answer_to, signaling_peer
from support.waiting import until
from whole_session import CANDIDATES, close, init, negotiate, open_session, phases, states


def test_a_whole_session_with_did(peer, mock):
    options = {"kind": "clip", "driver_id": "e3nbserss8"}
    session, opened = open_session(peer, "did", avatar="v2_public_alex@qcvo4gupoy", options=options)
    assert opened["dataChannel"] == {"openedBy": "client", "label": "JanusDataChannel", "frames": "text"}
    assert opened["capabilities"]["trickle"] and opened["limits"]["idleMs"] == 300_000
    negotiate(peer, session, opened, "a")
    assert [entry["body"].get("candidate") for entry in mock.calls("did.ice")] == [*CANDIDATES, None]
    peer.ask("session.report", session=session, iceConnectionState="checking")
    peer.ask("session.report", session=session, iceConnectionState="connected")
    peer.wait_for("session.state", session=session, state="live")
    pair = {"local": "srflx", "remote": "host", "protocol": "udp"}
    assert peer.ask("session.report", session=session, candidatePair=pair) == {}
    assert peer.ask("session.report", session=session, dataChannelState="open") == {}
    spoken = peer.ask("session.speak", session=session, text="Grüß Gott! How are you?")
    talk = spoken["talk"]
    peer.wait_for("session.talk", talk=talk, phase="accepted")
    peer.ask("session.report", session=session, dataChannelMessage="stream/started:{}")
    peer.wait_for("session.talk", talk=talk, phase="started")
    peer.ask("session.report", session=session, dataChannelMessage="stream/done:{}")
    peer.wait_for("session.talk", talk=talk, phase="ended")
    assert phases(peer, talk) == [("accepted", None), ("started", False), ("ended", False)]
    [entry] = mock.calls("did.speak")
    assert entry["body"]["script"]["input"] == "Grüß Gott! How are you?"
    assert peer.refusal("session.extend", session=session)["data"]["kind"] == "notSupported"
    close(peer, session)
    assert states(peer, session) == ["offered", "answering", "connecting", "live", "closing", "closed"]


def test_a_whole_session_with_heygen(peer, mock):
    session, opened = open_session(peer, "heygen", options={"quality": "low"})
    assert opened["dataChannel"]["openedBy"] == "provider" and opened["dataChannel"]["frames"] == "binary"
    negotiate(peer, session, opened, "0")
    got = [entry["body"]["candidate"]["candidate"] for entry in mock.calls("heygen.ice")]
    assert got == CANDIDATES
    peer.ask("session.report", session=session, iceConnectionState="completed")
    peer.wait_for("session.state", session=session, state="live")
    peer.ask("session.report", session=session, dataChannelState="open")
    talk = peer.ask("session.speak", session=session, text="Hello there.", options={"task_type": "repeat"})["talk"]
    started = f'{{"type":"avatar_start_talking","task_id":"{talk}"}}'
    peer.ask("session.report", session=session, dataChannelMessage=started)
    assert peer.wait_for("session.talk", talk=talk, phase="started")["estimated"] is False
    assert peer.ask("session.interrupt", session=session).keys() == {"providerMs"}
    assert 170_000 < peer.ask("session.extend", session=session)["expiresInMs"] <= 180_000
    stopped = f'{{"type":"avatar_stop_talking","task_id":"{talk}","duration_ms":700}}'
    peer.ask("session.report", session=session, dataChannelMessage=stopped)
    peer.wait_for("session.talk", talk=talk, phase="ended")
    close(peer, session)


@pytest.mark.parametrize("provider, mid", [("did", "a"), ("heygen", "0")])
def test_without_events_the_duration_tells(peer, provider, mid):
    session, opened = open_session(peer, provider)
    negotiate(peer, session, opened, mid)
    spoken = peer.ask("session.speak", session=session, text="Hi, you!")
    assert spoken["durationMs"] > 0
    peer.wait_for("session.talk", talk=spoken["talk"], phase="ended")
    assert phases(peer, spoken["talk"]) == [("accepted", None), ("started", True), ("ended", True)]
    close(peer, session)


def test_a_request_sent_again_is_answered_from_memory(peer, mock):
    session, opened = open_session(peer, "did")
    negotiate(peer, session, opened, "a")
    first = peer.ask("session.speak", session=session, text="Once")
    peer.last_id -= 1
    assert peer.ask("session.speak", session=session, text="Once") == first
    peer.last_id -= 1
    assert peer.refusal("session.speak", session=session, text="Twice")["data"]["kind"] == "request.conflict"
    peer.last_id += 10
    assert peer.ask("ping") == {}
    peer.last_id -= 5
    assert peer.refusal("ping")["data"]["kind"] == "request.stale"
    peer.last_id += 10
    assert len(mock.calls("did.speak")) == 1
    close(peer, session)


def test_closing_is_idempotent_and_final(peer):
    session, _ = open_session(peer, "did")
    close(peer, session)
    assert peer.ask("session.close", session=session) == {}
    assert peer.refusal("session.speak", session=session, text="Too late")["data"]["kind"] == "session.closed"


def test_a_dropped_connection_closes_its_sessions_after_the_grace_time():
    with DevRelay("--time-grace-seconds", "1") as relay:
        mock = MockControl(relay.mock)
        with signaling_peer(relay.signaling) as peer:
            open_session(peer, "did")
            open_session(peer, "heygen")
            assert mock.open_sessions() == 2
        mock.assert_nothing_left()


def test_a_connection_dropped_while_a_session_opens(relay, mock):
    mock.fault("heygen.new", delayMs=60_000)
    with signaling_peer(relay.signaling) as peer:
        peer.send("session.open", provider="heygen")
        peer.ask("ping")
        # The fault is used up once the call is there.
        until(lambda: mock.get("faults")["faults"], lambda faults: not faults, "the call reached the provider")
    mock.advance(60_000)
    until(lambda: mock.calls("heygen.stop"), lambda calls: len(calls) == 1, "the late session is stopped")
    mock.assert_nothing_left()


def test_sessions_belong_to_their_connection(relay, peer):
    session, _ = open_session(peer, "did")
    with signaling_peer(relay.signaling) as stranger:
        for method in ("session.close", "session.extend"):
            assert stranger.refusal(method, session=session)["data"]["kind"] == "session.notFound"
    close(peer, session)


def test_eight_sessions_and_no_more(peer):
    sessions = [open_session(peer, "did")[0] for _ in range(8)]
    assert peer.refusal("session.open", provider="did")["data"]["kind"] == "session.limit"
    close(peer, sessions[0])
    sessions[0], _ = open_session(peer, "heygen")
    for session in sessions:
        close(peer, session)


def test_requests_in_flight_are_bounded(relay, mock):
    with signaling_peer(relay.signaling) as peer:
        session, opened = open_session(peer, "did")
        negotiate(peer, session, opened, "a")
        mock.fault("did.speak", delayMs=60_000)
        for _ in range(64):
            peer.send("session.speak", session=session, text="Hello")
        error = peer.refusal("session.speak", session=session, text="Too many")
        assert error["data"]["kind"] == "request.overload" and error["data"]["retryable"]
        assert peer.ask("session.close", session=session) == {}
        mock.advance(60_000)
    mock.assert_nothing_left()


def test_candidates_before_the_answer_are_bounded(peer):
    session, _ = open_session(peer, "did")
    for _ in range(64):
        peer.send("session.candidate", session=session, candidate=init(CANDIDATES[0], "a"))
    error = peer.refusal("session.candidate", session=session, candidate=init(CANDIDATES[1], "a"))
    assert error["data"]["kind"] == "candidate.limit"
    close(peer, session)


PROVIDER_ERRORS = [
    ("did", "did.create", {"error": "maxUserSessions"}, "provider.sessionLimit", 403),
    ("did", "did.create", {"error": "insufficientCredits"}, "provider.insufficientCredits", 402),
    ("did", "did.create", {"error": "unauthorized"}, "provider.unauthorized", 401),
    ("heygen", "heygen.new", {"error": "concurrentLimit"}, "provider.sessionLimit", 400),
    ("heygen", "heygen.new", {"error": "unauthorized"}, "provider.unauthorized", 401),
]


@pytest.mark.parametrize("provider, call, fault, kind, status", PROVIDER_ERRORS)
def test_the_providers_errors_keep_their_words(peer, mock, provider, call, fault, kind, status):
    mock.fault(call, **fault)
    error = peer.refusal("session.open", provider=provider)
    assert error["data"]["kind"] == kind
    assert error["data"]["provider"]["status"] == status and error["data"]["provider"]["message"]
    session, _ = open_session(peer, provider)
    close(peer, session)


def test_a_provider_that_nobody_configured(peer):
    assert peer.refusal("session.open", provider="nobody")["data"]["kind"] == "provider.notConfigured"


def test_speaking_too_early(peer):
    session, opened = open_session(peer, "did")
    assert peer.refusal("session.speak", session=session, text="Now!")["data"]["kind"] == "session.wrongState"
    answer = {"type": "answer", "sdp": answer_to(opened["offer"]["sdp"])}
    peer.ask("session.answer", session=session, answer=answer)
    error = peer.refusal("session.speak", session=session, text="Now!")
    assert error["data"]["kind"] == "provider.notReady" and error["data"]["retryable"]
    with pytest.raises(Refused, match="session.wrongState"):
        peer.ask("session.answer", session=session, answer=answer)
    close(peer, session)


def test_a_text_too_long(peer):
    session, opened = open_session(peer, "did")
    negotiate(peer, session, opened, "a")
    longest = opened["limits"]["maxTextBytes"]
    error = peer.refusal("session.speak", session=session, text="ü" * (longest // 2 + 1))
    assert error["data"]["kind"] == "talk.tooLong"
    close(peer, session)
