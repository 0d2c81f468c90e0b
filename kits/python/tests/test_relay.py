"""What speaks with the relay, in time that the test moves: relay and mock together."""

import json

import pytest
from avatar_relay_mock import MockError, MockStartError, relay_program, running_relay
from did_client import answer_to

websockets = pytest.importorskip("websockets.sync.client", reason="a WebSocket client is what the relay speaks with")


@pytest.fixture(scope="module")
def relay():
    try:
        relay_program()
    except MockStartError:
        pytest.skip("the relay's program is not on this machine")
    with running_relay("--media", "none") as relay:
        yield relay


class Signaling:
    """A client of docs/protocol.md that speaks only when it is told to."""

    def __init__(self, socket):
        self.socket, self.id, self.notifications = socket, 0, []

    def ask(self, method, **params):
        self.id += 1
        self.socket.send(json.dumps({"jsonrpc": "2.0", "id": self.id, "method": method, "params": params}))
        while (message := json.loads(self.socket.recv(timeout=60))).get("id") != self.id:
            self.notifications.append(message)
        return message["result"]

    def next(self, method):
        """The parameters of the next such notification."""
        while True:
            message = self.notifications.pop(0) if self.notifications else json.loads(self.socket.recv(timeout=60))
            if message.get("method") == method:
                return message["params"]


def connected(relay):
    return websockets.connect(relay.signaling_url, subprotocols=["avatar-relay.v1"], proxy=None, open_timeout=60)


def test_an_idle_session_is_warned_of_and_ended_without_a_second_of_waiting(relay):
    with connected(relay) as socket:
        peer = Signaling(socket)
        opened = peer.ask("session.open", provider="did")
        peer.ask("session.answer", session=opened["session"], answer={"type": "answer", "sdp": answer_to(opened["offer"]["sdp"])})
        idle = opened["limits"]["idleMs"]
        relay.clock.advance(milliseconds=idle - 30_000)
        expiring = peer.next("session.expiring")
        assert (expiring["session"], expiring["cause"]) == (opened["session"], "idle")
        assert 0 < expiring["inMs"] <= 30_000
        assert len(relay.mock.sessions("open")) == 1, "at the mock it is open, whose clock has moved as far"
        relay.clock.advance(seconds=30)
        assert peer.next("session.closed")["reason"] == "idle"
        relay.mock.verify_no_open_sessions(timeout=60)


def test_time_that_the_mock_refuses_does_not_move_the_relay(relay):
    with connected(relay) as socket:
        peer = Signaling(socket)
        session = peer.ask("session.open", provider="did")["session"]
        for refused in (-1, 10**12):
            with pytest.raises(MockError, match="advanceMs"):
                relay.mock.admin("POST", "clock", {"advanceMs": refused})
        peer.ask("session.close", session=session)
        assert not [message for message in peer.notifications if message["method"] == "session.expiring"]
    relay.mock.verify_no_open_sessions(timeout=60)


def test_the_vendors_apis_are_the_mocks_own(relay):
    assert relay.mock.did_url == relay.mock.heygen_url != relay.url
    assert relay.mock.url == relay.url


def test_a_relay_that_cannot_start_says_why():
    with pytest.raises(MockStartError, match="no-such-folder"), running_relay("--media-folder", "no-such-folder"):
        pass


def test_a_talk_over_the_vendors_web_socket_is_verified_as_any_other(relay):
    with connected(relay) as socket:
        peer = Signaling(socket)
        opened = peer.ask("session.open", provider="did-websocket")
        session = opened["session"]
        peer.ask("session.answer", session=session, answer={"type": "answer", "sdp": answer_to(opened["offer"]["sdp"])})
        peer.ask("session.candidate", session=session, candidate=None)
        peer.ask("session.speak", session=session, text="Hello, Ada.")
        relay.mock.verify("did.streamText", text__contains="Ada", count=1)
        assert "".join(call.text for call in relay.mock.calls("did.streamText")).strip() == "Hello, Ada."
        peer.ask("session.close", session=session)
