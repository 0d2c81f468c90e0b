"""A session that a page opened with a vendor's own calls is one of the relay's: limits, silence, kill switch, ledger."""

import concurrent.futures
import http.client
import json
import re
import subprocess

import pytest
from serving import PassingRelay, begin, passing
from support.relay_program import environment, program
from support.vendor_script import SERVICES
from support.waiting import PATIENCE, until

VENDORS = list(SERVICES)
# In seconds: soon over, and longer than any two calls of a page are apart on a busy machine.
SILENCE = "6"


def sessions(path, *arguments):
    ended = subprocess.run(
        [program(), "sessions", *arguments], env=environment(AVATAR_RELAY_ADMIN_LISTEN=f"unix:{path}"),
        capture_output=True, text=True, timeout=PATIENCE, check=True,
    )
    return ended.stdout


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_limit_is_the_vendors_own_error(own_mock, vendor):
    with passing(own_mock, "--limits-sessions-per-subject", "1") as relay:
        first = begin(relay.script(vendor))
        refused = relay.script(vendor).open()
        assert (refused.status, first.words(refused)) == first.limit
        assert int(refused.headers["Retry-After"]) >= 1
        assert refused.headers["Access-Control-Allow-Origin"] == "*"
        assert len(own_mock.calls("did.create", "heygen.new")) == 1, "the vendor was not asked"
        first.close()
        assert begin(relay.script(vendor)).close().status == 200, "its place is free again"


@pytest.mark.parametrize("vendor", VENDORS)
def test_talks_are_limited(own_mock, vendor):
    with passing(own_mock, "--limits-talks-per-minute", "1") as relay:
        script = begin(relay.script(vendor))
        assert script.speak().status == 200
        refused = script.speak()
        assert refused.status == 429 and int(refused.headers["Retry-After"]) >= 1
        assert len(own_mock.calls("did.speak", "heygen.task")) == 1
        script.close()


@pytest.mark.parametrize("vendor", VENDORS)
def test_opens_are_limited(own_mock, vendor):
    with passing(own_mock, "--limits-opens-per-minute", "1") as relay:
        relay.script(vendor).open()
        refused = relay.script(vendor).open()
        assert refused.status == 429 and int(refused.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_page_that_vanishes_is_found_by_its_silence(own_mock, vendor):
    with passing(own_mock, "--passthrough-silence-seconds", SILENCE) as relay:
        script = begin(relay.script(vendor))
        own_mock.assert_nothing_left()
        late = script.speak()
        assert (late.status, script.words(late)) == script.gone
        # It was not asked again: the relay knows that the session is over.
        assert own_mock.calls("did.speak", "heygen.task") == []


def test_silence_is_the_vendors_own_idle_limit_less_a_margin(own_mock):
    """Where nothing is configured, and for a page that asks for less."""
    with passing(own_mock) as relay:
        script = relay.script("did")
        assert script.open(session_timeout=2).status == 201
        assert own_mock.calls("did.create")[-1]["body"]["session_timeout"] == 2
        own_mock.assert_nothing_left()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_page_that_goes_on_calling_keeps_its_session(own_mock, vendor):
    with passing(own_mock, "--passthrough-silence-seconds", SILENCE) as relay:
        script = begin(relay.script(vendor))
        gone = relay.script(vendor)
        gone.open()
        # The other one is found although this one calls all the time, no oftener than it may for as long as that takes.
        calls = lambda: (script.candidate().status, own_mock.open_sessions())  # noqa: E731
        until(calls, lambda seen: seen[1] == 1, "the other's end", interval=0.25)
        assert script.speak().status == 200
        script.close()


def test_a_page_whose_user_speaks_keeps_its_session(own_mock, tmp_path):
    where = tmp_path / "admin.sock"
    with passing(own_mock, "--passthrough-silence-seconds", SILENCE, "--admin-listen", f"unix:{where}") as relay:
        script = begin(relay.script("heygen"))
        relay.script("heygen").open()
        calls = lambda: (script.call("start_listening").status, own_mock.open_sessions())  # noqa: E731
        until(calls, lambda seen: seen[1] == 1, "the other's end", interval=0.25)
        assert script.speak().status == 200
        # To the relay it is a keep_alive: the provider's idle limit counts anew.
        ask = ["curl", "-s", "--unix-socket", str(where), "http://localhost/metrics"]
        told = subprocess.run(ask, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
        [extended] = re.findall(r'call_seconds_count\{provider="heygen",call="extend"\} (\d+)', told)
        assert int(extended) == len(own_mock.calls("heygen.startListening")) > 0 and own_mock.calls("heygen.keepAlive") == []
        script.close()


def test_a_page_may_ask_for_no_more_silence_than_the_operator_allows(own_mock):
    with passing(own_mock, "--did-idle-seconds", "60", "--heygen-idle-seconds", "60") as relay:
        relay.script("did").open(session_timeout=300)
        relay.script("heygen").open(activity_idle_timeout=3600, disable_idle_timeout=True)
        assert own_mock.calls("did.create")[0]["body"]["session_timeout"] == 60
        asked = own_mock.calls("heygen.new")[0]["body"]
        assert asked["activity_idle_timeout"] == 60 and "disable_idle_timeout" not in asked


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_operator_sees_and_ends_it(own_mock, tmp_path, vendor):
    where = tmp_path / "admin.sock"
    with passing(own_mock, "--admin-listen", f"unix:{where}") as relay:
        script = begin(relay.script(vendor))
        script.speak()
        listed = until(lambda: sessions(where), lambda text: "live" in text, "the session as its media is connected")
        assert re.search(rf"{script.vendor}\s.*127\.0\.0\.1", listed)
        sessions(where, "end", "--all")
        own_mock.assert_nothing_left()
        late = script.speak()
        assert (late.status, script.words(late)) == script.gone
        closed = script.open()
        assert closed.status == 503, "no session is opened after the kill switch"


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_relay_that_is_killed_leaves_none(own_mock, tmp_path, vendor):
    settings = {"AVATAR_RELAY_LEDGER": str(tmp_path / "ledger.db"), "AVATAR_RELAY_TIME_GRACE_SECONDS": "0"}
    relay = PassingRelay(own_mock, **settings)
    begin(relay.script(vendor)).speak()
    relay.kill()
    assert own_mock.open_sessions() == 1
    with passing(own_mock, **settings):
        own_mock.assert_nothing_left()


def test_a_relay_that_leaves_ends_them(own_mock):
    with passing(own_mock) as relay:
        begin(relay.script("did"))
        begin(relay.script("heygen"))
        assert own_mock.open_sessions() == 2
    assert own_mock.open_sessions() == 0


def ask_and_leave(relay, mock, reached):
    """A page asks for a session, and its tab is closed before it is answered."""
    connection = http.client.HTTPConnection(relay.base.removeprefix("http://"), timeout=PATIENCE)
    body = json.dumps({"source_url": "https://a.example/a.jpg"})
    connection.request("POST", "/did/talks/streams", body, {"Content-Type": "application/json"})
    reached()
    connection.close()


def test_a_page_that_goes_while_its_session_is_opened_leaves_none(own_mock):
    own_mock.fault("did.create", delayMs=60_000, takesEffect=True)
    with passing(own_mock) as relay:
        ask_and_leave(relay, own_mock, lambda: own_mock.wait_for_calls("did.create", 1))
        own_mock.advance(60_000)
        until(lambda: own_mock.calls("did.delete"), len, "its end, though nobody was silent for long")


def test_a_page_waits_for_a_place_as_long_as_it_is_there(own_mock, tmp_path):
    where = tmp_path / "admin.sock"
    options = ["--did-max-sessions", "1", "--limits-waiting-opens", "10", "--admin-listen", f"unix:{where}"]
    with passing(own_mock, *options) as relay, concurrent.futures.ThreadPoolExecutor() as pool:

        def waiting(count):
            return lambda: until(lambda: sessions(where, "list", "--json"), lambda text: json.loads(text)["waiting"] == count, "")

        first = begin(relay.script("did"))
        ask_and_leave(relay, own_mock, waiting(1))
        waiting(0)()
        second = pool.submit(relay.script("did").open)
        waiting(1)()
        first.close()
        assert second.result().status == 201
    assert len(own_mock.calls("did.create")) == 2, "nobody opened one for who had gone"


@pytest.mark.parametrize("vendor", VENDORS)
def test_who_listens_is_not_silent(own_mock, vendor):
    with passing(own_mock, "--passthrough-silence-seconds", SILENCE) as relay:
        listener = begin(relay.script(vendor))
        assert listener.speak("A long story. " * 100).status == 200
        begin(relay.script(vendor))
        until(own_mock.open_sessions, lambda count: count == 1, "the end of the one that does nothing")
        assert listener.candidate().status == 200, "the one whose avatar speaks goes on"
        listener.close()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_session_has_a_lifetime(own_mock, vendor):
    with passing(own_mock, "--limits-session-seconds", SILENCE) as relay:
        begin(relay.script(vendor))
        own_mock.assert_nothing_left()


@pytest.mark.parametrize("vendor", VENDORS)
def test_calls_are_limited_as_messages_are(own_mock, vendor):
    with passing(own_mock, "--limits-message-burst", "4", "--limits-messages-per-second", "1") as relay:
        script = begin(relay.script(vendor))
        refused = until(script.candidate, lambda reply: reply.status != 200, "the limit")
        assert refused.status == 429 and int(refused.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_talk_whose_fate_nobody_knows_is_said_to_be_one(own_mock, vendor):
    with passing(own_mock) as relay:
        script = begin(relay.script(vendor))
        call = {"did": "did.speak", "heygen": "heygen.task"}[script.vendor]
        own_mock.fault(call, drop=True, takesEffect=True)
        assert script.speak().status == 504
        assert len(own_mock.calls(call)) == 1, "and is not said again"
        script.close()
