"""Speaks the signaling protocol to the relay, written from docs/protocol.md alone."""

import contextlib
import json

from websockets.sync.client import connect

from .secret_watch import WATCH
from .waiting import PATIENCE

FINGERPRINT = ":".join(f"{byte:02X}" for byte in range(32))


class Refused(Exception):
    """A request was answered with an error."""

    def __init__(self, error):
        super().__init__(json.dumps(error))
        self.error = error
        self.kind = error["data"]["kind"]


class SignalingPeer:
    """One connection. Messages that are not waited for are kept in order."""

    def __init__(self, socket):
        self.socket = socket
        self.last_id = 0
        self.answers = {}
        self.unidentified = []
        self.notifications = []

    def send(self, method, **params):
        """Sends a request and returns its id."""
        self.last_id += 1
        message = {"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}
        self.socket.send(json.dumps(message, ensure_ascii=False))
        return self.last_id

    def send_raw(self, text):
        self.socket.send(text)

    def receive(self):
        """Takes in one message."""
        text = self.socket.recv(timeout=PATIENCE)
        WATCH.heard(text)
        message = json.loads(text)
        assert message["jsonrpc"] == "2.0"
        if "method" in message:
            assert "id" not in message
            self.notifications.append(message)
        elif message["id"] is None:
            self.unidentified.append(message["error"])
        else:
            self.answers[message["id"]] = message
        return message

    def result(self, id):
        """Waits for the answer to a request; raises `Refused`."""
        while id not in self.answers:
            self.receive()
        message = self.answers.pop(id)
        if "error" in message:
            raise Refused(message["error"])
        assert isinstance(message["result"], dict)
        return message["result"]

    def ask(self, method, **params):
        return self.result(self.send(method, **params))

    def refusal(self, method, **params):
        """Sends a request that is expected to fail and returns the error object."""
        return self.refusal_of(self.send(method, **params))

    def refusal_of(self, id):
        """Waits for the answer to a request, which is expected to be an error."""
        try:
            result = self.result(id)
        except Refused as refused:
            return refused.error
        raise AssertionError(f"request {id} succeeded: {result}")

    def unidentified_error(self):
        """Waits for an error whose id is null."""
        while not self.unidentified:
            self.receive()
        return self.unidentified.pop(0)

    def wait_for(self, method, **expected):
        """Waits for a notification with these parameters, counting those that came already."""
        while True:
            for message in self.notifications:
                if message["method"] == method and expected.items() <= message["params"].items():
                    return message["params"]
            self.receive()

    def told(self, session):
        """The notifications about a session so far; their numbers must have no gap."""
        told = [message for message in self.notifications if message["params"].get("session") == session]
        assert [message["params"]["seq"] for message in told] == list(range(1, len(told) + 1))
        return told

    def close_code(self):
        """Waits for the end of the connection and returns its code."""
        with contextlib.suppress(Exception):
            while True:
                self.receive()
        return self.socket.protocol.close_rcvd.code if self.socket.protocol.close_rcvd else None


@contextlib.contextmanager
def signaling_peer(url, **options):
    # Its own pings, which a busy relay may answer late, are no business of the tests.
    with connect(
        url, subprotocols=["avatar-relay.v1"], proxy=None, open_timeout=PATIENCE, ping_interval=None, **options
    ) as socket:
        assert socket.subprotocol == "avatar-relay.v1"
        yield SignalingPeer(socket)


def answer_to(offer):
    """A made-up answer, behind which there is no media.

    It has a section for each of the offer's, in its order and with its mids (RFC 9429, section 5.3.1).
    """
    lines = [line for line in offer.replace("\r\n", "\n").split("\n") if line]
    sections = _sections(lines)
    mids = [section["mid"] for section in sections]
    answer = ["v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", f"a=group:BUNDLE {' '.join(mids)}"]
    for section in sections:
        answer += [section["m"], "c=IN IP4 0.0.0.0", f"a=mid:{section['mid']}", "a=ice-ufrag:eEpP"]
        answer += ["a=ice-pwd:abcdefghijklmnopqrstuv12", "a=ice-options:trickle"]
        answer += [f"a=fingerprint:sha-256 {FINGERPRINT}", "a=setup:active"]
        if section["m"].startswith("m=application"):
            answer += ["a=sctp-port:5000"]
        else:
            answer += ["a=recvonly", "a=rtcp-mux", *section["maps"]]
    return "\r\n".join(answer) + "\r\n"


def _sections(lines):
    sections = []
    for line in lines:
        if line.startswith("m="):
            sections.append({"m": line, "mid": str(len(sections)), "maps": []})
        elif sections and line.startswith("a=mid:"):
            sections[-1]["mid"] = line.removeprefix("a=mid:")
        elif sections and line.startswith(("a=rtpmap:", "a=fmtp:")):
            sections[-1]["maps"].append(line)
    return sections
