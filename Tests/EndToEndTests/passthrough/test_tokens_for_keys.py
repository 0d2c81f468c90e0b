"""A token of the relay where the vendor's calls have a key: in every place that pages and SDKs put one."""

import base64
import concurrent.futures
import hashlib
import hmac
import json
import socket
import time

import pytest
from serving import Issuer, begin, passing
from support.mock_program import running_mock
from support.relay_program import KEYS
from support.vendor_script import SCRIPTS, SERVICES, call
from support.waiting import until

VENDORS = list(SCRIPTS)
UNAUTHORIZED = {"did": "user unauthenticated", "heygen": "Unauthorized"}


def places(token):
    """Every way in which a vendor's client may show what it takes for its key."""
    encoded = base64.b64encode(f"somebody@example.com:{token}".encode()).decode()
    return {
        "bearer": {"Authorization": f"Bearer {token}"},
        "x-api-key": {"X-Api-Key": token},
        "basic, as it is": {"Authorization": f"Basic {token}"},
        "basic, plain": {"Authorization": f"Basic somebody:{token}"},
        "basic, encoded": {"Authorization": f"Basic {encoded}"},
        "basic, with the SDK's id": {"Authorization": f"Basic {token}~auth0|1_xYz"},
        "basic, encoded, with the SDK's id": {"Authorization": f"Basic {encoded}~1_xYz"},
        "bearer, with the SDK's id": {"Authorization": f"Bearer {token}~1_xYz"},
    }


@pytest.fixture
def issuer(tmp_path):
    return Issuer(tmp_path)


@pytest.mark.parametrize("vendor", SERVICES)
def test_a_token_is_taken_wherever_a_key_may_stand(own_mock, issuer, vendor):
    with passing(own_mock, *issuer.options) as relay:
        for place, headers in places(issuer.token()).items():
            script = begin(relay.script(vendor, **headers))
            assert script.speak().status == 200, place
            assert script.close().status == 200, place
        own_mock.assert_nothing_left()


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_vendor_sees_the_operators_key_and_nobody_else_does(tmp_path, issuer, vendor):
    for key, admitted in ((KEYS[f"AVATAR_RELAY_{vendor.upper()}_KEY"], True), ("another", False)):
        with running_mock("--media", "none", "--key", key) as mock, passing(mock, *issuer.options) as relay:
            opened = relay.script(vendor, Authorization=f"Bearer {issuer.token()}").open()
            assert (opened.status < 300) == admitted
            # Every reply is looked through for the key, every log too.
            assert issuer.token() not in json.dumps(mock.get("requests"))


@pytest.mark.parametrize("vendor", VENDORS)
def test_without_a_good_token_nothing_is_asked_of_the_vendor(own_mock, issuer, vendor):
    good = issuer.token()
    forged = good[:-4] + ("AAAA" if not good.endswith("AAAA") else "BBBB")
    with passing(own_mock, *issuer.options) as relay:
        for headers in ({"X-Nothing": "here"}, places(forged)["bearer"], {"Authorization": "Basic any-key"}):
            script = relay.script(vendor, **headers)
            refused = script.open()
            assert (refused.status, script.words(refused)) == (401, UNAUTHORIZED[vendor])
            assert refused.headers["Access-Control-Allow-Origin"] == "*"
            other = call(f"{relay.base}/{vendor}/v1/anything", body={}, **headers)
            assert other.status == 401, "nor is a stranger told what is passed on"
    assert own_mock.get("requests")["requests"] == []


@pytest.mark.parametrize("vendor", SERVICES)
def test_a_session_belongs_to_its_subject(own_mock, issuer, vendor):
    with passing(own_mock, *issuer.options) as relay:
        script = begin(relay.script(vendor, Authorization=f"Bearer {issuer.token()}"))
        mine, script.headers = script.headers, {"Authorization": f"Bearer {issuer.token(subject='mallory')}"}
        for stranger in (script.speak, script.close, script.candidate):
            reply = stranger()
            assert (reply.status, script.words(reply)) == script.gone
        script.headers = {"Authorization": f"Bearer {issuer.token()}"}
        assert script.speak().status == 200, "a later token of the same subject is as good"
        script.headers = mine
        assert own_mock.open_sessions() == 1
        script.close()


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_a_token_allows_is_all_that_is_done(own_mock, issuer, vendor):
    other = next(name for name in VENDORS if name != vendor)
    with passing(own_mock, *issuer.options) as relay:
        assert relay.script(vendor, **places(issuer.token("--provider", other))["bearer"]).open().status in (400, 403)
        assert relay.script(vendor, **places(issuer.token("--avatar", "anna"))["bearer"]).open().status in (400, 403)
        script = begin(relay.script(vendor, **places(issuer.token("--sessions", "1"))["bearer"]))
        refused = relay.script(vendor, **script.headers).open()
        assert (refused.status, script.words(refused)) == script.limit
        script.close()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_budget_ends_sessions_and_opens_no_more(own_mock, issuer, vendor):
    with passing(own_mock, *issuer.options) as relay:
        script = begin(relay.script(vendor, **places(issuer.token("--budget-seconds", "5"))["bearer"]))
        own_mock.assert_nothing_left()
        until(lambda: script.speak().status, lambda status: status in (400, 404), "the session's end")
        assert script.open().status == {"did": 402, "heygen": 400}[vendor]


@pytest.mark.parametrize("vendor", SERVICES)
def test_a_token_that_expires_ends_the_session(own_mock, issuer, vendor):
    with passing(own_mock, *issuer.options, "--access-leeway-seconds", "0", "--access-grace-seconds", "0") as relay:
        script = begin(relay.script(vendor, **places(issuer.token("--expires-in", "6"))["bearer"]))
        own_mock.assert_nothing_left()
        until(lambda: script.speak().status, lambda status: status == 401, "the token's end")


def older(issuer, seconds):
    """A token of alice's that was made so long ago and is good."""
    now = int(time.time())
    parts = {"alg": "HS256", "kid": "k"}, {"sub": "alice", "iat": now - seconds, "exp": now + 600}
    signed = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    digest = hmac.new(issuer.key.read_bytes(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def with_session_of(script, other):
    script.id, script.session = other.id, getattr(other, "session", None)
    return script


@pytest.mark.parametrize("vendor", VENDORS)
def test_calls_with_an_earlier_token_are_as_good(own_mock, issuer, vendor):
    """What is under way while a page renews its token comes in any order."""
    with passing(own_mock, *issuer.options) as relay:
        script = begin(relay.script(vendor, Authorization=f"Bearer {issuer.token()}"))
        late = with_session_of(relay.script(vendor, Authorization=f"Bearer {older(issuer, 60)}"), script)
        assert [late.candidate().status for _ in range(4)] == [200] * 4
        assert late.speak().status == 200 and script.speak().status == 200
        script.close()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_talk_that_waits_is_answered_when_tokens_end_the_session(own_mock, issuer, vendor):
    with passing(own_mock, *issuer.options) as relay, concurrent.futures.ThreadPoolExecutor() as pool:
        script = begin(relay.script(vendor, Authorization=f"Bearer {issuer.token()}", Origin="http://localhost:1"))
        speak = {"did": "did.speak", "heygen": "heygen.task"}[vendor]
        own_mock.fault(speak, delayMs=60_000)
        talk = pool.submit(script.speak)
        own_mock.wait_for_calls(speak, 1)
        elsewhere = issuer.token("--origin", "http://localhost:2")
        other = relay.script(vendor, Authorization=f"Bearer {elsewhere}", Origin="http://localhost:2")
        assert [with_session_of(other, script).candidate().status for _ in range(3)] == [401] * 3
        # Nobody knows whether it is spoken.
        assert talk.result().status == 504
        own_mock.assert_nothing_left()
        assert (script.speak().status, script.words(script.speak())) == script.gone


def test_refused_tokens_are_counted(own_mock, issuer, tmp_path):
    where = tmp_path / "admin.sock"
    with passing(own_mock, *issuer.options, "--admin-listen", f"unix:{where}") as relay:
        for _ in range(3):
            relay.script("did").open()
        with socket.socket(socket.AF_UNIX) as admin:
            admin.connect(str(where))
            admin.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            text = b"".join(iter(lambda: admin.recv(65536), b"")).decode()
    assert 'kind="access.denied"} 3' in text
