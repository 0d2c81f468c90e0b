"""Calls of the vendors' APIs that belong to no session: those that the operator lists, counted where they may cost money."""

import json
import subprocess
import urllib.error
import urllib.request

import pytest
from serving import Issuer, begin, passing
from support.relay_program import KEYS, environment, program
from support.vendor_script import call
from support.waiting import PATIENCE, until

LIST = ["--passthrough-calls", "GET /heygen/v1/streaming.list"]
AGENT = ["--passthrough-calls", "GET /did/agents/{id}", "--passthrough-calls", "POST /did/agents/{id}/chat"]


def post_text(url, text):
    """The status of an answer."""
    request = urllib.request.Request(url, data=text.encode(), headers={"Content-Type": "application/json"})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=PATIENCE) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code


def paths(mock):
    return [(entry["method"], entry["path"]) for entry in mock.get("requests")["requests"]]


def test_what_is_allowed_gets_to_the_vendor_and_back(own_mock):
    with passing(own_mock, *LIST) as relay:
        script = begin(relay.script("heygen"))
        listed = call(f"{relay.base}/heygen/v1/streaming.list?page=1", "GET")
        assert listed.status == 200
        assert [session["session_id"] for session in listed.json["data"]["sessions"]] == [script.id]
        assert call(f"{relay.base}/heygen/v1/streaming.list", body={}).status == 404, "another method is another call"
        script.close()


def test_an_unknown_call_gets_the_vendors_own_answer(own_mock):
    with passing(own_mock, *AGENT) as relay:
        direct = call(f"{own_mock.api}/agents/agt_1", "GET", Authorization="Basic any-key")
        through = call(f"{relay.base}/did/agents/agt_1", "GET", Authorization="Basic any-key")
        assert (through.status, through.text) == (direct.status, direct.text)
        # Nothing that could mean another path there.
        for path in ("agents/..", "agents/%2e%2e", "agents/a%2Fb", "agents/", "agents/a/b", "agents//chat", "agents/a;b"):
            assert call(f"{relay.base}/did/{path}", "GET").status == 404, path
    assert paths(own_mock) == [("GET", "/agents/agt_1")] * 2


def test_what_may_cost_money_counts_as_a_talk(own_mock):
    with passing(own_mock, *AGENT, "--limits-talks-per-minute", "2") as relay:
        chat = f"{relay.base}/did/agents/agt_1/chat"
        for _ in range(2):
            assert call(chat, body={"persist": True}).status != 429
        refused = call(chat, body={"persist": True})
        assert refused.status == 429 and int(refused.headers["Retry-After"]) >= 1
        assert call(f"{relay.base}/did/agents/agt_1", "GET").status != 429
    assert paths(own_mock).count(("POST", "/agents/agt_1/chat")) == 2


def test_calls_that_cost_nothing_have_a_rate(own_mock):
    """As messages have: they are made with the operator's key, whose own rate at the vendor is everybody's."""
    limits = ["--limits-messages-per-second", "1", "--limits-message-burst", "3"]
    with passing(own_mock, *AGENT, *limits) as relay:
        refused = [call(f"{relay.base}/did/agents/agt_1", "GET") for _ in range(20)]
        refused = [reply for reply in refused if reply.status == 429]
        assert refused and all(int(reply.headers["Retry-After"]) >= 1 for reply in refused)
        arrived = len(paths(own_mock))
        assert 3 <= arrived == 20 - len(refused)
        until(lambda: call(f"{relay.base}/did/agents/agt_1", "GET").status, lambda status: status != 429, "a second is over")


def test_a_body_gets_there_byte_by_byte_with_the_operators_key(own_mock, tmp_path):
    issuer = Issuer(tmp_path)
    token = issuer.token
    with passing(own_mock, *AGENT, *issuer.options) as relay:
        chat = f"{relay.base}/did/agents/agt_1/chat"
        assert call(chat, body={}).status == 401
        assert call(chat, body={}, Authorization=f"Bearer {token('--provider', 'heygen')}").status == 403
        assert call(chat, body={}, Authorization=f"Bearer {token('--avatar', 'agt_2')}").status == 403
        assert own_mock.get("requests")["requests"] == []
        call(chat, body={"messages": ["ä", 1.5]}, Authorization=f"Bearer {token('--avatar', 'agt_1')}")
        journal = own_mock.get("requests")["requests"]
        assert journal[-1]["body"] == {"messages": ["ä", 1.5]}
        assert "canary-token" not in json.dumps(journal) and KEYS["AVATAR_RELAY_DID_KEY"] not in json.dumps(journal)


@pytest.mark.parametrize(
    "text", ["GET", "/did/agents", "get /did/agents", "GET did/agents", "GET /elsewhere/x", "GET /did/../x", "GET /did"]
)
def test_a_list_that_cannot_be_read_is_refused_at_the_start(text):
    ended = subprocess.run(
        [program(), "serve", "--listen-port", "0", "--passthrough", "--passthrough-calls", text], env=environment(**KEYS),
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )
    assert ended.returncode == 1 and "passthrough.calls" in ended.stderr


@pytest.mark.parametrize("tokens", [False, True])
def test_a_token_of_create_token_is_good_for_one_session(own_mock, tmp_path, tokens):
    """HeyGen's SDK of 2024: a backend asks for a token, the page opens one session with it."""
    issuer = Issuer(tmp_path)
    with passing(own_mock, *LIST, *(issuer.options if tokens else [])) as relay:
        base = f"{relay.base}/heygen/v1/streaming.create_token"
        own = "any-key"
        if tokens:
            assert call(base, body={}, X_Api_Key="any-key").status == 401
            own = issuer.token()
        made = call(base, X_Api_Key=own)
        assert made.status == 200 and made.json["error"] is None
        token = made.json["data"]["token"]
        assert own_mock.get("requests")["requests"] == [], "the relay's own, and not the vendor's"
        script = begin(relay.script("heygen", Authorization=f"Bearer {token}"))
        assert script.speak().status == 200
        again = relay.script("heygen", Authorization=f"Bearer {token}")
        refused = again.open()
        assert (refused.status, refused.json["code"]) == (401, 400112)
        assert call(base, body={}, Authorization=f"Bearer {token}").status == 401, "a token gets no other"
        assert call(f"{relay.base}/heygen/v1/streaming.list", "GET", Authorization=f"Bearer {token}").status == 401, "nor anything else"
        assert relay.script("did", Authorization=f"Bearer {token}").open().status == 401, "of another vendor's neither"
        # Nor does it find another's session, though the subject is the same.
        other = begin(relay.script("heygen", X_Api_Key=own))
        again.id = other.id
        assert again.close().json["code"] == 10005
        assert script.close().status == 200
        assert other.close().status == 200
    own_mock.assert_nothing_left()


def test_an_open_that_is_refused_leaves_its_token_good(own_mock):
    with passing(own_mock, "--limits-sessions-per-subject", "1") as relay:
        token = call(f"{relay.base}/heygen/v1/streaming.create_token").json["data"]["token"]
        first, script = relay.script("heygen"), relay.script("heygen", Authorization=f"Bearer {token}")
        first.open()
        assert script.open().json["code"] == 10004, "by the relay"
        first.close()
        own_mock.fault("heygen.new", status=400, body={"code": 10004, "message": "full"})
        assert script.open().json["message"] == "full", "by the vendor"
        assert begin(script).close().status == 200
        assert script.open().status == 401


def test_an_open_that_nobody_knows_of_uses_its_token_up(own_mock):
    with passing(own_mock) as relay:
        token = call(f"{relay.base}/heygen/v1/streaming.create_token").json["data"]["token"]
        script = relay.script("heygen", Authorization=f"Bearer {token}")
        own_mock.fault("heygen.new", status=503)
        assert script.open().status == 503
        assert script.open().status == 401


def test_an_open_that_failed_half_way_uses_its_token_up(own_mock):
    with passing(own_mock) as relay:
        token = call(f"{relay.base}/heygen/v1/streaming.create_token").json["data"]["token"]
        script = relay.script("heygen", Authorization=f"Bearer {token}")
        own_mock.fault("heygen.start", status=400, body={"code": 400006, "message": "no"})
        assert script.open(version="v2").status != 200 and own_mock.calls("heygen.new")[-1]["status"] == 200
        assert script.open().status == 401
    own_mock.assert_nothing_left()


def test_a_call_that_the_vendor_may_read_otherwise_is_nobodys(own_mock):
    """A name that stands twice: which session it is about nobody here can know."""
    with passing(own_mock, "--passthrough-calls", "POST /heygen/v1/streaming.new_call") as relay:
        script = relay.script("heygen")
        script.open()
        before = paths(own_mock)
        refused = post_text(f"{relay.base}/heygen/v1/streaming.new_call", f'{{"session_id":"{script.id}","session_id":"{script.id}"}}')
        assert refused == 400 and paths(own_mock) == before
        script.close()


def test_a_listed_call_of_a_stream_may_have_any_body(own_mock):
    with passing(own_mock, "--passthrough-calls", "POST /did/talks/streams/{id}/picture") as relay:
        script = relay.script("did")
        script.open()
        assert post_text(f"{relay.base}/did/talks/streams/{script.id}/picture", "no JSON at all") == 403, "the mock's own answer"
        assert paths(own_mock)[-1] == ("POST", f"/talks/streams/{script.id}/picture")
        script.close()


@pytest.mark.parametrize(("rule", "path"), [
    ("POST /did/talks/streams/{id}/new", "did/talks/streams/{id}/new"), ("POST /heygen/v1/streaming.new_call", "heygen/v1/streaming.new_call"),
])
def test_a_listed_call_of_a_session_is_its_owners(own_mock, tmp_path, rule, path):
    issuer = Issuer(tmp_path)
    with passing(own_mock, *issuer.options, "--passthrough-calls", rule) as relay:
        script = relay.script(path.split("/")[0], Authorization=f"Bearer {issuer.token()}")
        script.open()
        url, body = f"{relay.base}/{path.format(id=script.id)}", {"session_id": script.id}
        before = paths(own_mock)
        refused = call(url, body=body, Authorization=f"Bearer {issuer.token(subject='mallory')}")
        assert (refused.status, script.words(refused)) == script.gone
        assert paths(own_mock) == before
        call(url, body=body, **script.headers)
        assert len(paths(own_mock)) == len(before) + 1
        script.close()


def test_they_are_timed(own_mock, tmp_path):
    where = tmp_path / "admin.sock"
    with passing(own_mock, *LIST, "--admin-listen", f"unix:{where}") as relay:
        call(f"{relay.base}/heygen/v1/streaming.list", "GET")
        ask = ["curl", "-s", "--unix-socket", str(where), "http://localhost/metrics"]
        told = subprocess.run(ask, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    assert 'avatar_relay_provider_call_seconds_count{provider="heygen",call="other"} 1' in told.splitlines()


def test_the_start_page_names_the_base_urls(console, relay):
    console.page.locator("#drop-in summary").click()
    base = relay.url.split("/console")[0].rstrip("/")
    assert console.page.locator("#base-urls code").all_inner_texts() == [f"{base}/did", f"{base}/heygen"]


def test_a_page_under_a_name_that_leads_here_gets_nothing(own_mock):
    """To its browser it is a page of the relay's: what it asks for to read names no origin (DNS rebinding)."""
    with passing(own_mock, *AGENT) as relay:
        refused = call(f"{relay.base}/did/agents/agt_1", "GET", Host="attacker.example")
        assert (refused.status, refused.json["kind"]) == (403, "PermissionError")
        assert paths(own_mock) == []
    with passing(own_mock, *AGENT, "--web-allowed-origins", "https://app.example") as relay:
        call(f"{relay.base}/did/agents/agt_1", "GET", Host="app.example")
        assert paths(own_mock) == [("GET", "/agents/agt_1")]
