"""The vendors' own calls through the relay: what the vendor says comes back, and what the page says gets there."""

import http.client

import pytest
from serving import begin, passing
from support.relay_program import ServingRelay
from support.tcp_forwarder import NetworkCutter
from support.vendor_script import SERVICES, call
from support.waiting import PATIENCE, until

VENDORS = list(SERVICES)


def shape(value):
    """Names and types, whatever the values are."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape(element) for element in value]
    return type(value).__name__


def conversation(script):
    """Every call of a session, in the order of the vendors' pages, with what was answered."""
    replies = {"open": script.open(), "answer": script.answer(), "candidate": script.candidate()}
    replies |= {"speak": script.speak(), "close": script.close(), "again": script.speak()}
    return {name: (reply.status, shape(reply.json), reply.headers["Content-Type"]) for name, reply in replies.items()}


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_vendors_own_answers_come_back(own_mock, vendor):
    direct = conversation(SERVICES[vendor](own_mock.api))
    with passing(own_mock) as relay:
        through = conversation(relay.script(vendor))
    for name in ("open", "answer", "candidate", "speak", "close"):
        assert through[name] == direct[name], name
    assert through["again"][:2] == direct["again"][:2]
    own_mock.assert_nothing_left()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_body_gets_to_the_vendor_as_it_was_written(own_mock, vendor):
    with passing(own_mock) as relay:
        script = begin(relay.script(vendor))
        # Nobody here knows such a member; the vendor decides what it takes.
        name, status = {"did": ("did.speak", 400), "heygen": ("heygen.task", 200)}[script.vendor]
        assert script.speak(newOption={"deep": [1, 2.5, None]}).status == status
        assert own_mock.calls(name)[-1]["body"]["newOption"] == {"deep": [1, 2.5, None]}
        assert script.speak("One more time.").status == 200, "the session goes on"
        script.close()


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_the_vendor_refuses_is_told_in_its_words(own_mock, vendor):
    names = {"did": ("did.create", "insufficientCredits"), "heygen": ("heygen.new", "noAccess")}
    expected = {"did": (402, "not enough credits"), "heygen": (400, "Your account doesn't have API access")}
    with passing(own_mock) as relay:
        script = relay.script(vendor)
        call, error = names[script.vendor]
        own_mock.fault(call, error=error)
        reply = script.open()
    assert (reply.status, script.words(reply)) == expected[script.vendor]


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_call_that_came_once_is_sent_once(own_mock, vendor):
    """The relay's own clients have their answers sent again where that is safe; a page repeats its calls itself."""
    with passing(own_mock) as relay:
        script = relay.script(vendor)
        assert script.open().status in (200, 201)
        name, error = {"did": ("did.sdp", "unknownError"), "heygen": ("heygen.start", "internalError")}[script.vendor]
        own_mock.fault(name, error=error)
        assert script.answer().status == 500
        assert len(own_mock.calls(name)) == 1
    own_mock.assert_nothing_left()


def test_a_wrong_session_id_ends_no_stream(own_mock):
    with passing(own_mock) as relay:
        script = begin(relay.script("did"))
        own = script.session
        script.session = "AWSALB=cut-off"
        assert script.words(script.speak()) == "missing or invalid session_id"
        script.session = own
        assert script.speak().status == 200
        assert own_mock.open_sessions() == 1
        script.close()


def test_candidates_may_come_before_the_answer(own_mock):
    """A browser has six connections: were they answered only after the answer, it could not be sent."""
    with passing(own_mock) as relay:
        script = relay.script("did")
        script.open()
        for _ in range(8):
            assert script.candidate().json["status"] == "created"
        assert own_mock.calls("did.ice") == []
        assert script.answer().status == 200
        assert script.end_of_candidates().status == 200
        assert len(own_mock.wait_for_calls("did.ice", 9)) == 9
        assert [entry["call"] for entry in own_mock.calls("did.sdp", "did.ice")][0] == "did.sdp"
        script.close()


def test_clips_and_agents_have_streams_of_their_own(own_mock):
    with passing(own_mock) as relay:
        base = f"{relay.base}/did"
        for path, body in (("clips", {"presenter_id": "p", "driver_id": "d"}), ("agents/agt_1", None)):
            opened = call(f"{base}/{path}/streams", body=body)
            assert opened.status == 201, opened.text
            stream = opened.json
            refused = call(f"{base}/{path}/streams/{stream['id']}", body={"session_id": stream["session_id"]})
            assert (refused.status, refused.json["kind"]) == (400, "ValidationError"), "there is no script in it"
            closed = call(f"{base}/{path}/streams/{stream['id']}", "DELETE", {"session_id": stream["session_id"]})
            assert closed.status == 200


@pytest.mark.parametrize(
    "vendor, method, path", [("did", "GET", "/credits"), ("did", "POST", "/talks"), ("heygen", "GET", "/v1/streaming.list")]
)
def test_other_calls_are_refused_as_the_vendor_would(own_mock, vendor, method, path):
    with passing(own_mock) as relay:
        reply = call(f"{relay.base}/{vendor}{path}", method, None if method == "GET" else {})
        assert reply.status == 404
        assert set(reply.json) >= ({"kind", "description"} if vendor == "did" else {"code", "message"})
    assert own_mock.get("requests")["requests"] == []


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1, "a": 2}', "\ufeff{}"])
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_body_that_is_no_object_is_refused(own_mock, vendor, text):
    with passing(own_mock) as relay:
        connection = http.client.HTTPConnection(relay.base.removeprefix("http://"), timeout=PATIENCE)
        paths = {"did": "/did/talks/streams", "agents": "/did/agents/a/streams", "heygen": "/heygen/v1/streaming.new"}
        path = paths[vendor]
        connection.request("POST", path, text.encode(), {"Content-Type": "application/json"})
        reply = connection.getresponse()
        assert reply.status == 400
        assert b"ValidationError" in (body := reply.read()) or b"INVALID_PARAMETER" in body


@pytest.mark.parametrize(("name", "value", "begun"), [
    ("Content-Length", str(60 << 20), b""), ("Content-Length", "9" * 30, b""), ("Transfer-Encoding", "chunked", b"3c00000\r\n"),
])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(own_mock, name, value, begun):
    with passing(own_mock) as relay:
        for vendor, word in (("did", b"Request Too Long"), ("heygen", b"Request Entity Too Large")):
            connection = http.client.HTTPConnection(relay.base.removeprefix("http://"), timeout=PATIENCE)
            connection.putrequest("POST", f"/{vendor}/anything")
            connection.putheader(name, value)
            connection.endheaders(begun or None)
            reply = connection.getresponse()
            # A page may read it.
            assert (reply.status, reply.getheader("Access-Control-Allow-Origin")) == (413, "*")
            assert word in reply.read()


def test_it_is_off_unless_asked_for(own_mock):
    with ServingRelay(own_mock.api) as relay:
        base = relay.url.split("/console")[0].rstrip("/")
        assert call(f"{base}/did/talks/streams", body={}).status in (404, 405)
    assert own_mock.get("requests")["requests"] == []


@pytest.mark.parametrize(("name", "kind"), [("start_listening", "heygen.startListening"), ("stop_listening", "heygen.stopListening")])
def test_heygen_is_told_that_somebody_listens(own_mock, name, kind):
    direct = SERVICES["heygen"](own_mock.api)
    assert direct.call(name).json["code"] == 40001
    with passing(own_mock, "--limits-talks-per-minute", "1") as relay:
        script = begin(relay.script("heygen"))
        reply = script.call(name, more="of the page's own")
        assert (reply.status, reply.json["message"]) == (200, "success")
        assert own_mock.calls(kind)[-1]["body"] == {"session_id": script.id, "more": "of the page's own"}
        assert script.speak().status == 200, "it is no talk"
        stranger = relay.script("heygen")
        assert stranger.call(name).json["code"] == 40001
        stranger.id = "unknown"
        refused = stranger.call(name)
        assert (refused.status, stranger.words(refused)) == script.gone
        assert len(own_mock.calls(kind)) == 2, "the vendor was not asked"
        script.close()
        assert script.call(name).json["code"] == 10005


def test_a_page_has_connections_kept_ready(own_mock):
    """To every provider, also to one that it has not called."""
    with NetworkCutter(own_mock.api) as did, passing(own_mock, "--did-url", did.url) as relay:
        script = begin(relay.script("heygen"))
        until(lambda: did.connections, lambda count: count > 0, "a connection to the other provider")
        assert own_mock.calls("did.create") == []
        script.close()
