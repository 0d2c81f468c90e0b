"""What the protocol refuses, message by message; the connection lives on unless the protocol says otherwise."""

import http.client
import json
import urllib.parse

import pytest
from support.signaling_peer import signaling_peer
from support.waiting import PATIENCE

DEEP = "[" * 20 + "]" * 20
HOST = "candidate:1 1 udp 1 192.0.2.1 1 typ host"
INVALID = "message.invalidParams"

# (text, id in the error, kind)
MESSAGES = [
    ("", None, "message.notJSON"),
    ("{", None, "message.notJSON"),
    ("hello", None, "message.notJSON"),
    ("{'id': 1}", None, "message.notJSON"),
    ('{"id": 1,}', None, "message.notJSON"),
    ('{"id": 01}', None, "message.notJSON"),
    ('{"id": NaN}', None, "message.notJSON"),
    ('{"jsonrpc": "2.0", "id": 1, "method": "ping"} x', None, "message.notJSON"),
    ('"ping"', None, "message.invalidRequest"),
    ("7", None, "message.invalidRequest"),
    ("null", None, "message.invalidRequest"),
    ("[]", None, "message.invalidRequest"),
    ('[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', None, "message.invalidRequest"),
    ("{}", None, "message.invalidRequest"),
    ('{"jsonrpc": "2.0", "method": "ping"}', None, "message.invalidRequest"),
    ('{"jsonrpc": "2.0", "id": null, "method": "ping"}', None, "message.invalidRequest"),
    ('{"jsonrpc": "2.0", "id": "1", "method": "ping"}', None, "message.invalidRequest"),
    ('{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}', None, "message.invalidRequest"),
    ('{"jsonrpc": "2.0", "id": 0, "method": "ping"}', None, "message.invalidRequest"),
    ('{"jsonrpc": "2.0", "id": -7, "method": "ping"}', None, "message.invalidRequest"),
    ('{"jsonrpc": "2.0", "id": 9007199254740992, "method": "ping"}', None, "message.invalidRequest"),
    ('{"jsonrpc": "2.0", "id": [1], "method": "ping"}', None, "message.invalidRequest"),
    ('{"id": 5, "method": "ping"}', 5, "message.invalidRequest"),
    ('{"jsonrpc": "1.0", "id": 5, "method": "ping"}', 5, "message.invalidRequest"),
    ('{"jsonrpc": 2.0, "id": 5, "method": "ping"}', 5, "message.invalidRequest"),
    ('{"jsonrpc": "2.0", "id": 5}', 5, "message.invalidRequest"),
    ('{"jsonrpc": "2.0", "id": 5, "method": 7}', 5, "message.invalidRequest"),
    ('{"jsonrpc": "2.0", "id": 5, "method": "ping", "extra": 1}', 5, "message.invalidRequest"),
    ('{"jsonrpc": "2.0", "id": 5, "method": "session.dance", "params": {}}', 5, "message.methodNotFound"),
    ('{"jsonrpc": "2.0", "id": 5, "method": "Ping"}', 5, "message.methodNotFound"),
    ('{"jsonrpc": "2.0", "id": 5, "method": "session.open"}', 5, "message.invalidParams"),
    ('{"jsonrpc": "2.0", "id": 5, "method": "session.open", "params": ["did"]}', 5, "message.invalidParams"),
    ('{"jsonrpc": "2.0", "id": 5, "method": "session.open", "params": {}}', 5, "message.invalidParams"),
    ('{"jsonrpc": "2.0", "id": 5, "method": "session.open", "params": {"provider": 1}}', 5, "message.invalidParams"),
    ('{"jsonrpc": "2.0", "id": 5, "method": "session.open", "params": {"provider": ""}}', 5, "message.invalidParams"),
    ('{"jsonrpc": "2.0", "id": 5, "method": "session.open", "params": {"provider": null}}', 5, "message.invalidParams"),
    (
        '{"jsonrpc": "2.0", "id": 5, "method": "session.open", "params": {"provider": "did", "key": "x"}}',
        5,
        "message.invalidParams",
    ),
    ('{"jsonrpc": "2.0", "id": 5, "method": "ping", "params": {"x": 1}}', 5, "message.invalidParams"),
]

# (method, params besides the session, kind)
PARAMS = [
    ("session.answer", {}, "message.invalidParams"),
    ("session.answer", {"answer": {"type": "offer", "sdp": "v=0\r\n"}}, "message.invalidParams"),
    ("session.answer", {"answer": {"type": "answer"}}, "message.invalidParams"),
    ("session.answer", {"answer": {"type": "answer", "sdp": "v=0\r\n"}}, "sdp.invalid"),
    ("session.answer", {"answer": {"type": "answer", "sdp": ""}}, "sdp.invalid"),
    ("session.candidate", {}, "message.invalidParams"),
    ("session.candidate", {"candidate": "candidate:1"}, "message.invalidParams"),
    ("session.candidate", {"candidate": {}}, "message.invalidParams"),
    ("session.candidate", {"candidate": {"candidate": HOST}}, "message.invalidParams"),
    ("session.candidate", {"candidate": {"candidate": "hello", "sdpMid": "a"}}, "candidate.invalid"),
    ("session.candidate", {"candidate": {"candidate": HOST, "sdpMLineIndex": 256}}, "message.invalidParams"),
    ("session.speak", {}, "message.invalidParams"),
    ("session.speak", {"text": "a", "ssml": "b"}, "message.invalidParams"),
    ("session.speak", {"text": 7}, "message.invalidParams"),
    ("session.speak", {"text": ""}, "message.invalidParams"),
    ("session.report", {}, "message.invalidParams"),
    ("session.report", {"iceConnectionState": "great"}, "message.invalidParams"),
    ("session.report", {"iceConnectionState": "new", "dataChannelState": "open"}, "message.invalidParams"),
    ("session.report", {"candidatePair": {"local": "host", "remote": "moon", "protocol": "udp"}}, INVALID),
    ("session.report", {"dataChannelMessage": "x" * 16385}, "message.invalidParams"),
    ("session.extend", {"by": 5}, "message.invalidParams"),
    ("session.resume", {"secret": "x", "lastSeq": -1}, "message.invalidParams"),
]


@pytest.mark.parametrize("text, id, kind", MESSAGES)
def test_a_malformed_message(peer, text, id, kind):
    peer.send_raw(text)
    message = peer.receive()
    assert message["id"] == id
    assert message["error"]["data"]["kind"] == kind
    assert message["error"]["data"]["retryable"] is False
    peer.last_id = 100
    assert peer.ask("ping") == {}


@pytest.mark.parametrize(
    "text",
    [
        '{"jsonrpc": "2.0", "id": 5, "id": 6, "method": "ping"}',
        '{"jsonrpc": "2.0", "id": 5, "method": "ping", "m\\u0065thod": "ping"}',
        '{"jsonrpc": "2.0", "id": 5, "method": "session.open", "params": {"provider": "did", "options": {"x": DEEP}}}',
    ],
    ids=["a name twice", "a name twice, once with an escape", "too deep"],
)
def test_json_beyond_the_limits(peer, text):
    peer.send_raw(text.replace("DEEP", DEEP))
    assert peer.receive()["error"]["data"]["kind"] in ("message.invalidRequest", "message.notJSON")
    peer.last_id = 100
    assert peer.ask("ping") == {}


@pytest.mark.parametrize("method, params, kind", PARAMS)
def test_wrong_parameters(peer, method, params, kind):
    session = peer.ask("session.open", provider="did")["session"]
    assert peer.refusal(method, session=session, **params)["data"]["kind"] == kind
    assert peer.ask("session.close", session=session) == {}


@pytest.mark.parametrize("method", ["session.close", "session.extend", "session.interrupt"])
def test_a_session_that_is_not_there(peer, method):
    assert peer.refusal(method, session="b1KXc2VtR0mE5q9sPzWd7g")["data"]["kind"] == "session.notFound"


def test_a_binary_message_closes_with_1003(peer):
    peer.send_raw(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}')
    assert peer.close_code() == 1003


def test_text_that_is_not_utf8_closes_with_1007(peer):
    peer.socket.send(b"\xff\xfe", text=True)
    assert peer.close_code() == 1007


def test_a_message_too_big_closes_with_1009(peer):
    peer.send_raw('"' + "x" * 262144 + '"')
    assert peer.close_code() == 1009


def test_too_many_malformed_messages_close_with_4500(relay, mock):
    with signaling_peer(relay.signaling) as peer:
        for _ in range(100):
            peer.send_raw("x")
        assert peer.close_code() == 4500


def test_a_handshake_without_the_sub_protocol_is_refused(relay):
    address = urllib.parse.urlsplit(relay.signaling)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE)
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    connection.request("GET", address.path, headers=headers)
    assert 400 <= connection.getresponse().status < 500
    connection.close()


def test_pretty_json_and_any_order_of_members_are_fine(peer):
    peer.send_raw(json.dumps({"params": {}, "method": "ping", "id": 3, "jsonrpc": "2.0"}, indent=2))
    assert peer.receive() == {"jsonrpc": "2.0", "id": 3, "result": {}}
