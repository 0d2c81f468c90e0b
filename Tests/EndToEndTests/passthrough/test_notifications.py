"""D-ID's notifications through the relay: the key stays on the server, nobody hears what is for another, and both sockets end together."""

import base64
import contextlib
import json
import os
import socket as network
import urllib.parse

import pytest
from serving import Issuer, passing
from support.relay_program import KEYS
from support.secret_watch import WATCH
from support.vendor_sockets import VendorSockets
from support.waiting import PATIENCE, until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

KEY = KEYS["AVATAR_RELAY_DID_KEY"]
LISTEN = ["--passthrough-calls", "GET /did/notifications"]


@pytest.fixture
def vendor():
    with VendorSockets() as sockets:
        yield sockets


@contextlib.contextmanager
def relaying(mock, vendor, *options):
    with passing(mock, *LISTEN, "--did-notifications-url", vendor.url, *options) as relay:
        yield relay


def address(relay, authorization="Basic any-key~auth0|1_xYz"):
    return f"{relay.base.replace('http', 'ws')}/did/notifications?authorization={urllib.parse.quote(authorization, safe='')}"


def listening(relay, authorization="Basic any-key~auth0|1_xYz", **options):
    return connect(address(relay, authorization), proxy=None, open_timeout=PATIENCE, **options)


def refusal(relay, authorization="Basic any-key~1_x", **options):
    with pytest.raises(InvalidStatus) as raised, listening(relay, authorization, **options):
        pass
    return raised.value.response


def listen_for_a_moment(relay, vendor, authorization):
    before = len(vendor.sockets)
    with listening(relay, authorization):
        vendor.socket(before + 1)


def end_of(socket):
    """Its code, and why."""
    with pytest.raises(ConnectionClosed) as raised:
        while True:
            socket.recv(timeout=PATIENCE)
    close = raised.value.rcvd
    return close.code, close.reason


def test_what_is_told_reaches_the_page_and_the_key_does_not(own_mock, vendor):
    with relaying(own_mock, vendor) as relay, listening(relay) as page:
        told = {"event": "chat/partial", "content": "Grüße — ", "sequence": 0}
        vendor.socket().send(json.dumps(told))
        vendor.socket().send(json.dumps({"event": "chat/answer", "content": f"Basic {KEY}, {KEY} and {vendor.shown[0]}"}))
        assert json.loads(page.recv(timeout=PATIENCE)) == told
        quoted = page.recv(timeout=PATIENCE)
        assert "(secret)" in quoted and KEY not in quoted
        WATCH.heard(quoted)
        page.send(json.dumps({"event": "seen"}))
        assert json.loads(vendor.heard.get(timeout=PATIENCE)) == {"event": "seen"}
    [shown] = vendor.shown
    scheme, credentials = shown.split(" ")
    key, name = credentials.split("~")
    assert (scheme, key) == ("Basic", KEY) and name and "xYz" not in name


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"type": kind, "payload": {}})
        for kind in ("init-stream", "sdp", "ice", "stream-text", "stream-audio", "delete-stream", "anything-new")
    ] + ['{"event": "chat/partial", "type": "init-stream"}', '{"event": "x", "payload": {}}', "{}", "[]", "no JSON"],
)
def test_nothing_but_notifications_passes(own_mock, vendor, text):
    """D-ID's hosts have no path: the same socket might open streams, past every limit."""
    with relaying(own_mock, vendor) as relay, listening(relay) as page:
        vendor.socket()
        page.send(text)
        assert end_of(page) == (1008, "only notifications pass here")
        vendor.ended.get(timeout=PATIENCE)
        assert vendor.heard.empty()


def test_they_end_together(own_mock, vendor):
    with contextlib.ExitStack() as stack, relaying(own_mock, vendor) as relay:
        with listening(relay) as page:
            vendor.socket().close(4007, f"for {KEY}")
            assert end_of(page) == (4007, "")
        vendor.ended.get(timeout=PATIENCE)
        with listening(relay):
            vendor.socket(2)
        vendor.ended.get(timeout=PATIENCE)
        # A page that is gone without a word.
        with listening(relay) as page:
            vendor.socket(3)
            page.socket.shutdown(network.SHUT_RDWR)
            vendor.ended.get(timeout=PATIENCE)
        left = stack.enter_context(listening(relay))
        vendor.socket(4)
        relay.terminate()
        assert end_of(left)[0] == 1001, "the relay leaves"
        vendor.ended.get(timeout=PATIENCE)


def test_without_a_good_token_there_is_none(own_mock, vendor, tmp_path):
    issuer = Issuer(tmp_path)
    with relaying(own_mock, vendor, *issuer.options) as relay:
        good = issuer.token()
        WATCH.add(good)
        encoded = base64.b64encode(f"somebody:{good}".encode()).decode()
        assert refusal(relay).status_code == 401
        assert refusal(relay, f"Bearer {good[:-4]}AAAA~1_x").status_code == 401
        assert refusal(relay, f"Bearer {issuer.token('--provider', 'heygen')}~1_x").status_code == 403
        foreign = refusal(relay, f"Bearer {good}~1_x", origin="https://evil.example")
        assert foreign.status_code == 403 and b"web.allowed-origins" in foreign.body
        assert vendor.shown == []
        for shown in (f"Bearer {good}~1_x", f"Basic {good}~1_x", f"Basic {encoded}~1_x", f"Client-Key {good}.1_x"):
            listen_for_a_moment(relay, vendor, shown)
        assert len(vendor.shown) == 4 and len(set(vendor.shown)) == 1 and good not in vendor.shown[0]


def test_nobody_takes_anothers_place(own_mock, vendor, tmp_path):
    """The id is the page's to choose. What the vendor is told in its place depends on the subject, and on no relay."""
    issuer = Issuer(tmp_path)
    with relaying(own_mock, vendor, *issuer.options) as one, relaying(own_mock, vendor, *issuer.options) as other:
        for relay, subject in ((one, "alice"), (other, "alice"), (one, "mallory")):
            listen_for_a_moment(relay, vendor, f"Bearer {issuer.token(subject=subject)}~1_same")
        # Some of the SDKs show no id: what is for a subject is told to that subject alone.
        for subject in ("alice", "mallory"):
            listen_for_a_moment(relay, vendor, f"Bearer {issuer.token(subject=subject)}")
    assert vendor.shown[0] == vendor.shown[1]
    assert len(set(vendor.shown)) == 4 and all("~" in shown for shown in vendor.shown)


def test_a_token_that_ends_ends_it(own_mock, vendor, tmp_path):
    issuer = Issuer(tmp_path)
    times = ["--access-leeway-seconds", "0", "--access-grace-seconds", "0"]
    with relaying(own_mock, vendor, *issuer.options, *times) as relay:
        with listening(relay, f"Bearer {issuer.token('--expires-in', '6')}~1_x") as page:
            assert end_of(page) == (4501, "the token is over")
        vendor.ended.get(timeout=PATIENCE)


def test_one_caller_has_sixteen_at_most(own_mock, vendor, tmp_path):
    issuer = Issuer(tmp_path)
    with relaying(own_mock, vendor, *issuer.options) as relay, contextlib.ExitStack() as stack:
        mine = f"Bearer {issuer.token()}"
        for index in range(16):
            stack.enter_context(listening(relay, f"{mine}~1_{index}"))
        refused = refusal(relay, f"{mine}~1_16")
        assert refused.status_code == 429 and int(refused.headers["Retry-After"]) >= 1
        stack.enter_context(listening(relay, f"Bearer {issuer.token(subject='bob')}~1_0"))
        vendor.socket(17)


def test_a_vendor_that_refuses_or_is_not_there(own_mock):
    with VendorSockets(refusal=403) as vendor, relaying(own_mock, vendor) as relay, listening(relay) as page:
        assert end_of(page) == (1011, "the vendor refused the relay")
    with passing(own_mock, *LISTEN, "--did-notifications-url", "ws://127.0.0.1:9") as relay, listening(relay) as page:
        assert end_of(page) == (1013, "the vendor cannot be reached")


def test_a_page_that_does_not_read_is_given_up(own_mock, vendor):
    """What waits for it has a bound, and the vendor's socket ends with its own."""
    with relaying(own_mock, vendor, "--limits-queued-bytes", "65536") as relay:
        host, port = relay.base.removeprefix("http://").split(":")
        with network.create_connection((host, int(port)), timeout=PATIENCE) as page:
            target = urllib.parse.urlsplit(address(relay))
            key = base64.b64encode(os.urandom(16)).decode()
            page.sendall(
                f"GET {target.path}?{target.query} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
            assert b" 101 " in page.recv(4096)
            told = vendor.socket()
            with pytest.raises(ConnectionClosed):
                for _ in range(4096):
                    told.send(json.dumps({"event": "chat/partial", "content": "a" * 60_000}))


def test_a_page_that_says_too_much_is_given_up(own_mock, vendor):
    with relaying(own_mock, vendor, "--limits-message-burst", "4", "--limits-messages-per-second", "1") as relay:
        with listening(relay) as page:
            with contextlib.suppress(ConnectionClosed):
                for _ in range(20):
                    page.send('{"event": "x"}')
            assert end_of(page)[0] == 4504
        with listening(relay) as page:
            page.send(json.dumps({"event": "x", "content": "a" * 17_000}))
            assert end_of(page)[0] == 1009


def test_there_is_none_unless_the_operator_lists_it(own_mock, vendor):
    with passing(own_mock, "--did-notifications-url", vendor.url) as relay:
        assert refusal(relay).status_code == 404
    assert vendor.shown == []


def test_the_signaling_protocol_is_spoken_beside_it(own_mock, vendor):
    with relaying(own_mock, vendor) as relay, listening(relay):
        with connect(f"{relay.base.replace('http', 'ws')}/v1/signaling", subprotocols=["avatar-relay.v1"], proxy=None, open_timeout=PATIENCE) as peer:
            peer.send('{"jsonrpc": "2.0", "id": 1, "method": "ping"}')
            assert json.loads(peer.recv(timeout=PATIENCE))["id"] == 1
        until(lambda: len(vendor.sockets), lambda count: count == 1, "the other goes on")
