"""Asks the program what docs/protocol-checklist.md answers, where no other test does."""

import json
import re
import socket
import urllib.parse

import pytest
from raw_web_socket import RawWebSocket
from support.relay_program import ROOT, DevRelay, ServingRelay
from support.signaling_peer import Refused, answer_to, signaling_peer
from support.waiting import PATIENCE, until
from whole_session import close, negotiate, open_session, phases, states

CHECKLIST = ROOT / "docs/protocol-checklist.md"
TEXT, CLOSE = 1, 8
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
# What is left out of a handshake that would succeed, or put in its place.
HANDSHAKES = [
    ("another path", 404, {"path": "/v1/elsewhere"}),
    ("another method", 405, {"method": "POST"}),
    ("HTTP/1.0", 400, {"version": "HTTP/1.0"}),
    ("no upgrade", 426, {"Upgrade": None, "Connection": "keep-alive"}),
    ("another version", 426, {"Sec-WebSocket-Version": "8"}),
    ("no key", 400, {"Sec-WebSocket-Key": None}),
    ("no sub-protocol", 400, {"Sec-WebSocket-Protocol": None}),
    ("another sub-protocol", 400, {"Sec-WebSocket-Protocol": "chat"}),
    ("another page", 403, {"Origin": "https://elsewhere.example"}),
    ("another page without sub-protocol", 403, {"Origin": "https://elsewhere.example", "Sec-WebSocket-Protocol": None}),
    ("nothing wrong", 101, {}),
]


def handshake(url, *, method="GET", path=None, version="HTTP/1.1", **fields):
    """Status and fields of the answer to a handshake."""
    parts = urllib.parse.urlsplit(url)
    wanted = {
        "Host": parts.netloc, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": "avatar-relay.v1",
        "Sec-WebSocket-Extensions": "permessage-deflate",
    } | fields
    lines = [f"{method} {path or parts.path} {version}"] + [f"{name}: {value}" for name, value in wanted.items() if value]
    with socket.create_connection((parts.hostname, parts.port), PATIENCE) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        with connection.makefile("rb") as stream:
            status = int(stream.readline().split()[1])
            head = iter(lambda: stream.readline().decode().strip(), "")
            return status, {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in head)}


@pytest.mark.parametrize("what, status, change", HANDSHAKES, ids=[what for what, _, _ in HANDSHAKES])
def test_a_handshake(relay, what, status, change):
    answered, fields = handshake(relay.signaling, **change)
    assert answered == status
    assert "sec-websocket-extensions" not in fields
    if what == "another version":
        assert fields["sec-websocket-version"] == "13"
    if what == "another method":
        assert fields["allow"] == "GET"


@pytest.mark.parametrize("limit, status", [("--limits-connections-per-address", 429), ("--limits-connections", 503)])
def test_a_handshake_beyond_a_limit(limit, status):
    with DevRelay("--media", "none", limit, "1") as relay, signaling_peer(relay.signaling):
        answered, fields = handshake(relay.signaling)
        assert answered == status
        assert (int(fields["retry-after"]) > 0) if status == 429 else ("retry-after" not in fields)


def test_every_status_of_the_table_was_asked_for():
    table = CHECKLIST.read_text().split("| status | when |")[1].split("\n\n")[0]
    documented = {int(status) for status in re.findall(r"^\| (\d{3}) \|", table, re.MULTILINE)}
    assert documented == {status for _, status, _ in HANDSHAKES} - {101} | {429, 503}


def opening(options):
    """A request that is read in full before it turns out that nobody serves it."""
    params = {"provider": "nobody", "options": options}
    return {"jsonrpc": "2.0", "id": 1, "method": "session.open", "params": params}


def nested(levels):
    return [] if levels == 1 else [nested(levels - 1)]


@pytest.mark.parametrize(
    "options, kind",
    [
        # The message, `params` and `options` are three levels.
        ({"x": nested(13)}, "provider.notConfigured"), ({"x": nested(14)}, "message.invalidRequest"),
        # Eight values stand before those of the array: the four members, the message itself, `provider`, `options`, `x`.
        ({"x": [0] * 19_992}, "provider.notConfigured"), ({"x": [0] * 19_993}, "message.invalidRequest"),
    ],
    ids=["as deep as may be", "deeper", "as many values as may be", "more"],
)
def test_levels_and_values_are_counted_from_the_message_on(peer, options, kind):
    peer.send_raw(json.dumps(opening(options)))
    assert peer.refusal_of(1)["data"]["kind"] == kind


def test_a_message_in_fragments_is_one_message_and_a_mark_before_it_is_not_json(peer):
    text = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    peer.send_raw(iter([text[:9], text[9:20], text[20:]]))
    assert peer.result(1) == {}
    peer.send_raw("\ufeff" + text)
    assert peer.unidentified_error()["data"]["kind"] == "message.notJSON"


def ask_as(peer, id, method, **params):
    peer.last_id = id - 1
    return peer.ask(method, **params)


def refused_as(peer, id, method, **params):
    peer.last_id = id - 1
    return peer.refusal(method, **params)["data"]["kind"]


def test_what_was_refused_unread_leaves_the_ids_as_they_were(peer):
    assert refused_as(peer, 50, "nothing.such") == "message.methodNotFound"
    assert refused_as(peer, 60, "session.open", provider=7) == "message.invalidParams"
    assert ask_as(peer, 10, "ping") == {}
    # Neither does the refusal of an id count.
    assert refused_as(peer, 9, "ping") == "request.stale"
    assert refused_as(peer, 10, "session.open", provider="nobody") == "request.conflict"
    assert ask_as(peer, 11, "ping") == {}


def test_what_was_read_and_refused_keeps_its_answer(peer):
    session, opened = open_session(peer, "did")
    unread = {"type": "answer", "sdp": "v=0\r\n"}
    sdp = answer_to(opened["offer"]["sdp"])
    foreign = {"type": "answer", "sdp": re.sub(r"a=mid:\w+", "a=mid:other", sdp).replace("a=group:BUNDLE", "a=x:")}
    good = {"type": "answer", "sdp": sdp}
    assert refused_as(peer, 10, "session.answer", session=session, answer=unread) == "sdp.invalid"
    assert refused_as(peer, 10, "session.answer", session=session, answer=foreign) == "sdp.invalid"
    assert refused_as(peer, 10, "session.answer", session=session, answer=foreign) == "sdp.invalid"
    assert refused_as(peer, 10, "session.answer", session=session, answer=good) == "request.conflict"
    assert "providerMs" in ask_as(peer, 11, "session.answer", session=session, answer=good)
    close(peer, session)


def test_an_id_is_one_request_on_the_whole_connection_but_each_session_counts_for_itself(peer):
    one, _ = open_session(peer, "did")
    two, _ = open_session(peer, "did")
    report = {"iceConnectionState": "checking"}
    assert ask_as(peer, 10, "session.report", session=one, **report) == {}
    assert refused_as(peer, 10, "session.report", session=two, **report) == "request.conflict"
    assert refused_as(peer, 10, "ping") == "request.conflict"
    assert ask_as(peer, 7, "session.report", session=two, **report) == {}
    assert refused_as(peer, 6, "session.report", session=two, **report) == "request.stale"
    assert ask_as(peer, 5, "ping") == {}
    peer.last_id = 20
    close(peer, one)
    close(peer, two)


def resume(peer, session, secret, last_seq=0):
    return peer.ask("session.resume", session=session, secret=secret, lastSeq=last_seq)


def test_the_secret_that_was_used_and_the_latest_one_are_good_until_the_next_request(peer, mock):
    session, opened = open_session(peer, "did")
    first = opened["secret"]
    lost = resume(peer, session, first)["secret"]
    latest = resume(peer, session, first)["secret"]
    assert peer.refusal("session.resume", session=session, secret=lost, lastSeq=0)["data"]["kind"] == "session.secretInvalid"
    last = resume(peer, session, latest)
    assert last["replayed"] == 1
    peer.ask("session.report", session=session, iceConnectionState="checking")
    for old in (first, latest):
        error = peer.refusal("session.resume", session=session, secret=old, lastSeq=0)
        assert error["data"]["kind"] == "session.secretInvalid"
    assert resume(peer, session, last["secret"], 1)["replayed"] == 0
    assert peer.ask("session.close", session=session) == {}


def test_the_last_wrong_secret_is_answered_before_the_connection_ends(relay, peer, mock):
    session, opened = open_session(peer, "did")
    with signaling_peer(relay.signaling) as other:
        other.last_id = 100
        unknown = other.refusal("session.resume", session="b1KXc2VtR0mE5q9sPzWd7g", secret="x", lastSeq=0)
        assert unknown["data"]["kind"] == "session.notFound"
        for _ in range(5):
            wrong = other.refusal("session.resume", session=session, secret="x", lastSeq=0)
            assert wrong["data"]["kind"] == "session.secretInvalid"
        assert other.close_code() == 4503
    close(peer, session)


def test_a_close_without_a_code_is_no_goodbye(relay, peer, mock):
    with RawWebSocket(relay.signaling) as leaving:
        leaving.send(TEXT, b'{"jsonrpc":"2.0","id":1,"method":"session.open","params":{"provider":"did"}}')
        opened = next(json.loads(payload)["result"] for opcode, payload in leaving.frames() if opcode == TEXT)
        leaving.send(CLOSE, b"")
        assert [payload for opcode, payload in leaving.frames() if opcode == CLOSE] == [b""]
    peer.last_id = 10
    resume(peer, opened["session"], opened["secret"])
    peer.notifications.clear()
    assert peer.ask("session.close", session=opened["session"]) == {}


def test_a_failed_description_ends_its_session_and_says_so(peer, mock):
    session, opened = open_session(peer, "did")
    mock.fault("did.sdp", status=400)
    answer = {"type": "answer", "sdp": answer_to(opened["offer"]["sdp"])}
    error = peer.refusal("session.answer", session=session, answer=answer)
    assert error["data"]["retryable"] is False and "retryAfterMs" not in error["data"]
    assert error["data"]["end"] == {"reason": "openFailed", "action": "stop"}
    assert peer.wait_for("session.closed", session=session)["reason"] == "openFailed"


def test_lost_media_ends_nothing_by_itself(peer, mock):
    session, opened = open_session(peer, "did")
    negotiate(peer, session, opened, "a")
    for state in ("connected", "disconnected", "failed", "connected"):
        assert peer.ask("session.report", session=session, iceConnectionState=state) == {}
    close(peer, session)
    assert states(peer, session) == ["offered", "answering", "connecting", "live", "closing", "closed"]


def test_an_interruption_of_nothing_is_no_error(peer, mock):
    session, opened = open_session(peer, "heygen")
    negotiate(peer, session, opened, "0")
    assert peer.ask("session.interrupt", session=session).keys() == {"providerMs"}
    close(peer, session)
    fluent, opened = open_session(peer, "did", avatar="agt_aBc-123", options={"kind": "agent", "fluent": True})
    negotiate(peer, fluent, opened, "a")
    assert opened["capabilities"]["interrupt"] == "dataChannel"
    assert peer.ask("session.interrupt", session=fluent) == {}
    close(peer, fluent)


def test_nothing_about_a_session_comes_after_its_end(peer, mock):
    session, opened = open_session(peer, "heygen")
    negotiate(peer, session, opened, "0")
    mock.fault("heygen.task", delayMs=60_000, times=3)
    talks = [peer.send("session.speak", session=session, text=text) for text in ("one", "two", "three")]
    mock.wait_for_calls("heygen.task", 1)
    closing = peer.send("session.close", session=session)
    order = []
    while not order or order[-1] != "session.closed":
        message = peer.receive()
        order.append(message.get("method", message.get("id")))
    assert {*talks, closing} <= set(order)
    kinds = [peer.refusal_of(talk)["data"] for talk in talks]
    # The first one was sent, and may be billed; the others waited for it.
    assert [data["kind"] for data in kinds] == ["talk.unknown", "session.closed", "session.closed"]
    assert all(data["end"] == {"reason": "client", "action": "stop"} and not data["retryable"] for data in kinds)
    mock.advance(60_000)
    peer.answers.clear()
    assert peer.ask("ping") == {} and not peer.answers


def test_a_connection_that_must_not_come_back_takes_its_sessions_with_it(relay, peer, mock):
    """The same code of the client's own leaves them waiting."""
    for first, code, reason in [((2, b"{}"), 1003, "connectionLost"), ((CLOSE, (1003).to_bytes(2, "big")), 1003, None)]:
        with RawWebSocket(relay.signaling) as leaving:
            leaving.send(TEXT, b'{"jsonrpc":"2.0","id":1,"method":"session.open","params":{"provider":"did"}}')
            opened = next(json.loads(payload)["result"] for opcode, payload in leaving.frames() if opcode == TEXT)
            leaving.send(*first)
            assert leaving.close_frame()[0] == code
            if first[0] != CLOSE:
                leaving.send(CLOSE, code.to_bytes(2, "big"))
            assert next(leaving.frames(), None) is None
        peer.last_id += 10
        if reason is None:
            resume(peer, opened["session"], opened["secret"])
            assert peer.ask("session.close", session=opened["session"]) == {}
            continue
        until(mock.open_sessions, lambda count: count == 0, "the end of the session")

        def refusal():
            """None while the relay has not heard yet that the session is over: it can be resumed until then."""
            try:
                opened["secret"] = peer.ask("session.resume", session=opened["session"], secret=opened["secret"], lastSeq=0)["secret"]
            except Refused as refused:
                return refused.error

        error = until(refusal, bool, "the end of the session at the relay")
        assert error["data"]["end"]["reason"] == reason


def test_the_vendors_error_of_a_talk_is_its_failure(peer, mock):
    session, opened = open_session(peer, "did")
    negotiate(peer, session, opened, "a")
    peer.ask("session.report", session=session, dataChannelState="open")
    talk = peer.ask("session.speak", session=session, text="A talk that fails")["talk"]
    peer.ask("session.report", session=session, dataChannelMessage="stream/started")
    peer.ask("session.report", session=session, dataChannelMessage='stream/error:{"description":"no voice"}')
    failed = peer.wait_for("session.talk", talk=talk, phase="failed")
    assert failed["error"]["data"]["kind"] == "provider.rejected" and "no voice" in failed["error"]["message"]
    assert [phase for phase, _ in phases(peer, talk)] == ["accepted", "started", "failed"]
    close(peer, session)


def test_an_empty_candidate_needs_no_place(peer, mock):
    session, opened = open_session(peer, "did")
    peer.ask("session.answer", session=session, answer={"type": "answer", "sdp": answer_to(opened["offer"]["sdp"])})
    assert peer.ask("session.candidate", session=session, candidate={"candidate": ""}) == {}
    candidate = {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host"}
    error = peer.refusal("session.candidate", session=session, candidate=candidate)
    assert error["data"]["kind"] == "message.invalidParams"
    close(peer, session)


def test_a_last_seq_that_nobody_was_sent(relay, peer, mock):
    session, opened = open_session(peer, "did")
    with signaling_peer(relay.signaling) as other:
        other.last_id = 100
        for last_seq in (2, 4_294_967_295, 9_007_199_254_740_991):
            error = other.refusal("session.resume", session=session, secret=opened["secret"], lastSeq=last_seq)
            assert error["data"]["kind"] == "message.invalidParams"
    close(peer, session)


@pytest.mark.parametrize("provider, mid", [("did", "a"), ("heygen", "0")])
def test_a_closed_session_is_known_after_a_restart(own_mock, tmp_path, provider, mid):
    ledger = ("--ledger", str(tmp_path / "ledger.db"))
    with ServingRelay(own_mock.api, *ledger) as relay, signaling_peer(relay.signaling) as peer:
        session, opened = open_session(peer, provider)
        negotiate(peer, session, opened, mid)
        peer.ask("session.report", session=session, iceConnectionState="completed")
        spoken = peer.send("session.speak", session=session, text="Before the end")
        talk = peer.result(spoken)["talk"]
        close(peer, session)
        last_id = peer.last_id
    with ServingRelay(own_mock.api, *ledger) as relay, signaling_peer(relay.signaling) as peer:
        peer.last_id = last_id
        wrong = peer.refusal("session.resume", session=session, secret="guessed", lastSeq=0)
        assert wrong["data"]["kind"] == "session.secretInvalid"
        error = peer.refusal("session.resume", session=session, secret=opened["secret"], lastSeq=0)
        assert error["data"]["kind"] == "session.closed"
        assert error["data"]["end"] == {"reason": "client", "action": "stop"}
        assert ask_as(peer, spoken, "session.speak", session=session, text="Before the end")["talk"] == talk
        assert refused_as(peer, spoken, "session.speak", session=session, text="Other words") == "request.conflict"
        peer.last_id = last_id + 10
        assert peer.refusal("session.speak", session=session, text="Later")["data"]["kind"] == "session.closed"
        assert peer.ask("session.close", session=session) == {}
    assert len(own_mock.calls("did.speak", "heygen.task")) == 1


def test_what_the_browser_reported_is_known_after_a_restart(own_mock, tmp_path):
    ledger = ("--ledger", str(tmp_path / "ledger.db"))
    relay = ServingRelay(own_mock.api, *ledger)
    with signaling_peer(relay.signaling) as peer:
        session, opened = open_session(peer, "did")
        negotiate(peer, session, opened, "a")
        peer.ask("session.report", session=session, dataChannelState="open")
        peer.ask("session.report", session=session, iceConnectionState="completed")
        # A talk is written down before it is sent, and so is all that came before.
        peer.ask("session.speak", session=session, text="All is well")
        last_id = peer.last_id
        relay.kill()
    with ServingRelay(own_mock.api, *ledger) as relay, signaling_peer(relay.signaling) as peer:
        peer.last_id = last_id
        resync = resume(peer, session, opened["secret"], 3)["resync"]
        assert (resync["iceState"], resync["dataChannel"]) == ("completed", "open")
        assert peer.ask("session.close", session=session) == {}
