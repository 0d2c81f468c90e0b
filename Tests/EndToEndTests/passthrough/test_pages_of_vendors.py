"""Pages that make the vendors' demos' calls, in Chromium, from another origin: aimed at the relay they show a face that talks."""

import pytest
from serving import Issuer, passing
from support.mock_program import running_mock
from support.secret_watch import WATCH
from support.vendor_script import call
from support.waiting import PATIENCE

SENTENCE = "Hello there. I am the words of the demo, and they last for about three seconds."


@pytest.fixture
def open_demo(demo_page, live_relay, live_mock):
    """Opens a page that knows one thing of the relay: its base URL."""
    base = live_relay.url.split("/console")[0].rstrip("/")
    return lambda vendor, query="": demo_page(vendor, f"{base}/{vendor}", query)


def hear(page, speak):
    """Waits until the face spoke: sound, pictures, and the events of both."""
    page.wait_for_function("watch.ice.some((state) => state === 'connected' || state === 'completed')")
    before = page.evaluate("watch.latest")
    page.evaluate(f"text => {speak}(text)", SENTENCE)
    page.wait_for_function("(energy) => watch.latest.energy > energy + 0.01", arg=before["energy"], timeout=PATIENCE * 1000)
    page.wait_for_function("(frames) => watch.latest.frames > frames + 10", arg=before["frames"], timeout=PATIENCE * 1000)
    page.wait_for_function("watch.events.some(({ text }) => /done|stop_talking/.test(text))", timeout=PATIENCE * 1000)


@pytest.mark.parametrize("service", ["talks", "clips"])
def test_the_did_demo(open_demo, live_mock, service):
    page = open_demo("did", f"&service={service}")
    page.evaluate("connect()")
    page.wait_for_function("window.gathered === true")
    page.evaluate("settle()")
    hear(page, "speak")
    page.evaluate("destroy()")
    live_mock.assert_nothing_left()
    statuses = page.evaluate("seen.statuses")
    assert statuses[0] == "POST  201" and "POST /{id}/sdp 200" in statuses
    assert statuses[-2:] == ["POST /{id} 200", "DELETE /{id} 200"]
    assert page.complaints == []


def test_the_did_demo_destroyed_before_it_was_connected(open_demo):
    page = open_demo("did")
    assert "SessionError" in page.evaluate("destroy()")
    assert page.evaluate("seen.statuses") == ["DELETE /undefined 400"]
    assert page.complaints == []


def test_the_heygen_demo(open_demo, live_mock):
    page = open_demo("heygen")
    page.evaluate("create()")
    page.evaluate("begin()")
    page.wait_for_function("window.gathered === true")
    page.evaluate("settle()")
    hear(page, "speak")
    page.evaluate("interrupt()")
    page.evaluate("stop()")
    live_mock.assert_nothing_left()
    statuses = page.evaluate("seen.statuses")
    assert statuses[0] == "new 200" and statuses[-3:] == ["task 200", "interrupt 200", "stop 200"]
    assert {status for status in statuses if status.startswith("ice")} == {"ice 200"}
    assert page.complaints == []


def test_heygens_sdk_of_2024_with_a_token_of_the_relays(open_demo, live_relay, live_mock):
    """Its backend asks for a token, and the page opens its one session with it."""
    base = live_relay.url.split("/console")[0].rstrip("/")
    token = call(f"{base}/heygen/v1/streaming.create_token", X_Api_Key="any-key").json["data"]["token"]
    WATCH.add(token)
    page = open_demo("heygen", f"&token={token}")
    page.evaluate("create()")
    page.evaluate("begin()")
    page.wait_for_function("window.gathered === true")
    page.evaluate("settle()")
    hear(page, "speak")
    page.evaluate("stop()")
    live_mock.assert_nothing_left()
    statuses = page.evaluate("seen.statuses")
    assert statuses[0] == "new 200" and statuses[-2:] == ["task 200", "stop 200"]
    page.evaluate("create().catch(() => undefined)")
    assert page.evaluate("seen.statuses.at(-1)") == "new 401", "it is good for one"
    assert page.complaints == []
    assert live_mock.calls("heygen.createToken") == [], "HeyGen is asked for none"


def test_the_heygen_demo_speaks_too_early(open_demo):
    page = open_demo("heygen")
    page.evaluate("create()")
    assert page.evaluate("speak()") is None
    assert page.evaluate("seen.statuses") == ["new 200", "task 400"]
    page.evaluate("stop()")
    assert page.complaints == []


def test_a_page_of_an_origin_that_is_not_allowed(live_relay, live_mock):
    """The relay's own rule; what it says can be read all the same."""
    base = live_relay.url.split("/console")[0].rstrip("/")
    stranger = {"Origin": "https://evil.example"}
    preflight = call(f"{base}/did/talks/streams", "OPTIONS", **stranger, Access_Control_Request_Method="POST")
    assert preflight.status == 403 and "Access-Control-Allow-Headers" not in preflight.headers
    refused = call(f"{base}/did/talks/streams", body={"source_url": "https://a.example/a.jpg"}, **stranger)
    assert refused.status == 403 and "web.allowed-origins" in refused.json["description"]
    assert live_mock.get("requests")["requests"] == []


def test_a_preflight_of_a_page_that_may_call(live_relay):
    base = live_relay.url.split("/console")[0].rstrip("/")
    asked = "authorization,content-type,x-playground-chat"
    page = {"Origin": "http://localhost:3000"}
    answer = call(
        f"{base}/heygen/v1/streaming.new", "OPTIONS", **page, Access_Control_Request_Method="POST",
        Access_Control_Request_Headers=asked,
    )
    assert (answer.status, answer.headers["Access-Control-Allow-Headers"]) == (204, asked)
    assert answer.headers["Access-Control-Allow-Origin"] == page["Origin"]
    assert {"POST", "DELETE", "PATCH"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))


@pytest.mark.parametrize("vendor, begin", [("did", "connect()"), ("heygen", "create().then(begin)")])
def test_a_page_with_a_token_for_its_key_that_is_closed(browser, demo_pages, tmp_path, vendor, begin):
    """Its face speaks; then the tab is closed, which tells nobody, and the session ends all the same."""
    issuer = Issuer(tmp_path)
    options = ["--passthrough-silence-seconds", "15", *issuer.options]
    with running_mock() as mock, passing(mock, *options) as relay:
        context = browser.new_context()
        page = context.new_page()
        base = relay.base.replace("127.0.0.1", "localhost")
        page.goto(f"{demo_pages.url}/{vendor}?api={base}/{vendor}&key={issuer.token()}")
        page.evaluate(begin)
        hear(page, "speak")
        context.close()
        mock.assert_nothing_left()
