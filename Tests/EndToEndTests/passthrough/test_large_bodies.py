"""Bodies as large as the mock takes them go through, and what waits in memory has a bound: in all, and for each caller."""

import contextlib
import http.client
import json

import pytest
from serving import Issuer, begin, passing
from support.waiting import PATIENCE

MIB = 1 << 20
LARGEST = 15 * MIB


def announce(relay, bytes, path="/did/talks/streams", **headers):
    """Sends the head of a call, and nothing of its body; the answer, where one comes by itself, is to be asked for."""
    connection = http.client.HTTPConnection(relay.base.removeprefix("http://"), timeout=PATIENCE)
    connection.putrequest("POST", path)
    for name, value in ({"Content-Length": str(bytes), "Content-Type": "application/json"} | headers).items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection


def refusal(connection):
    reply = connection.getresponse()
    return reply.status, reply.getheader("Retry-After"), reply.getheader("Access-Control-Allow-Origin"), reply.read()


@pytest.mark.parametrize("service", ["did", "agents", "heygen"])
def test_a_body_of_ten_mebibytes_gets_through(own_mock, service):
    with passing(own_mock) as relay:
        script = begin(relay.script(service))
        long = {"note": "a" * (14 * MIB)}
        name = {"did": "did.speak", "heygen": "heygen.task"}[script.vendor]
        reply = script.speak(metadata=long) if service == "agents" else script.speak(**long)
        assert reply.status in (200, 400), reply.text
        # What the vendor says of it, whatever that is, and not the relay.
        assert own_mock.calls(name)[-1]["status"] == reply.status
        assert script.speak().status == 200, "the session goes on"
        script.close()


def test_a_stream_may_be_opened_with_a_picture_in_it(own_mock):
    with passing(own_mock) as relay:
        script = relay.script("did")
        picture = "data:image/jpeg;base64," + "A" * (13 * MIB)
        opened = script.open(source_url=picture)
        sent = own_mock.calls("did.create")[-1]
        assert sent["status"] == opened.status, opened.text
        if opened.status == 201:
            script.close()


def test_one_caller_has_room_for_two_of_them(own_mock):
    with passing(own_mock) as relay, contextlib.ExitStack() as stack:
        held = [stack.enter_context(contextlib.closing(announce(relay, LARGEST))) for _ in range(2)]
        status, wait, origin, text = refusal(announce(relay, LARGEST))
        assert (status, wait, origin) == (429, "1", "*") and b"Too Many Requests" in text
        # The others' calls go on, and with the end of one there is room again.
        script = begin(relay.script("did"))
        held[0].sock.close()
        begun = announce(relay, LARGEST)
        begun.send(b"{")
        assert refusal(announce(relay, 3 * MIB))[0] == 429
        begun.close()
        assert script.speak().status == 200
        script.close()


def test_a_stranger_has_no_room(own_mock, tmp_path):
    issuer = Issuer(tmp_path)
    with passing(own_mock, *issuer.options) as relay, contextlib.ExitStack() as stack:
        for _ in range(4):
            assert refusal(announce(relay, LARGEST))[0] == 401
        # Each subject has its own.
        for subject in ("alice", "bob"):
            for _ in range(2):
                token = {"Authorization": f"Bearer {issuer.token(subject=subject)}"}
                stack.enter_context(contextlib.closing(announce(relay, LARGEST, **token)))
            assert refusal(announce(relay, LARGEST, **token))[0] == 429
    assert own_mock.get("requests")["requests"] == []


def test_a_body_that_does_not_say_how_long_it_is_has_a_mebibyte(own_mock):
    with passing(own_mock) as relay:
        script = begin(relay.script("heygen"))
        for length, status in ((MIB // 2, 200), (2 * MIB, 413)):
            connection = http.client.HTTPConnection(relay.base.removeprefix("http://"), timeout=PATIENCE)
            body = json.dumps({"session_id": script.id, "text": "Hello.", "note": "a" * length}).encode()
            fields = {"Content-Type": "application/json", "X-Api-Key": "any"}
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request("POST", "/heygen/v1/streaming.task", iter([body]), fields, encode_chunked=True)
            assert connection.getresponse().status == status
        script.close()


def test_a_candidate_is_short(own_mock):
    with passing(own_mock) as relay:
        script = relay.script("did")
        script.open()
        refused = script.call(f"/{script.id}/ice", {"candidate": "a" * (65 << 10), "session_id": script.session})
        assert refused.status == 413
        script.close()
