"""A conversation with a real relay that is killed with SIGKILL in the middle of it."""

import collections
import contextlib
import socket
import threading

from support.relay_program import ServingRelay
from support.signaling_peer import Refused, answer_to, signaling_peer
from support.waiting import PATIENCE

CALLS = {
    "did": {"open": "did.create", "answer": "did.sdp", "speak": "did.speak", "close": "did.delete"},
    "heygen": {"open": "heygen.new", "answer": "heygen.start", "speak": "heygen.task", "close": "heygen.stop"},
}
CANDIDATE = {
    provider: {
        "candidate": "candidate:1 1 udp 2122260223 127.0.0.1 50001 typ host generation 0",
        "sdpMid": mid,
        "sdpMLineIndex": 0,
    }
    for provider, mid in [("did", "a"), ("heygen", "0")]
}
# Longer than any provider of the mock keeps a silent session.
IDLE_MS = 301_000


def is_resumed(client, peer):
    """Whether a client's session goes on on a new connection; the relay may have ended it meanwhile."""
    peer.last_id = client.last_id
    try:
        peer.ask("session.resume", session=client.session, secret=client.secret, lastSeq=0)
    except Refused as refused:
        assert refused.kind in {"session.notFound", "session.closed"}, refused
        return False
    return True


class Conversation:
    """Talks until the relay is gone; then goes on with the next one as a client does."""

    # Of all conversations, for `make figures`.
    counts = collections.Counter()

    def __init__(self, mock, provider, ledger):
        self.mock, self.provider, self.ledger = mock, provider, ledger
        self.session = self.secret = None
        self.last_id = 0
        self.unanswered = {}
        self.fates = {}

    def relay(self, grace=2 * PATIENCE):
        """The client comes back in time, however slow the machine is, unless the test says otherwise."""
        return ServingRelay(self.mock.api, "--ledger", str(self.ledger), "--time-grace-seconds", str(grace))

    def killed(self, relay):
        """Ends a relay, which may be dead already, and counts it."""
        relay.kill()
        self.counts["kills"] += 1

    def talk(self, relay, texts, closes=True):
        """A whole conversation; ends early when the relay does."""
        with contextlib.suppress(Exception), signaling_peer(relay.signaling) as peer:
            peer.last_id = self.last_id
            opened = self._ask(peer, "session.open", provider=self.provider)
            self.session, self.secret = opened["session"], opened["secret"]
            sdp = answer_to(opened["offer"]["sdp"])
            self._ask(peer, "session.answer", session=self.session, answer={"type": "answer", "sdp": sdp})
            self._ask(peer, "session.candidate", session=self.session, candidate=CANDIDATE[self.provider])
            self._ask(peer, "session.report", session=self.session, iceConnectionState="connected")
            for text in texts:
                self._speak(peer, text)
            if closes:
                self._ask(peer, "session.close", session=self.session)
                self.session = None
            else:
                # As a network that fails: without a goodbye, which would end the session.
                peer.socket.socket.shutdown(socket.SHUT_RDWR)

    def resume(self, relay, text):
        """Comes back, asks again for what was not answered, says one more thing and closes."""
        if self.session is None:
            return
        with signaling_peer(relay.signaling) as peer:
            if not is_resumed(self, peer):
                return
            latest = peer.last_id
            for id, (method, params) in sorted(self.unanswered.items()):
                if params.get("session") != self.session:
                    continue
                # The same id again: the relay knows it, or knows that it cannot know.
                peer.last_id = id - 1
                with contextlib.suppress(Refused):
                    if method == "session.speak":
                        self._speak(peer, params["text"])
                    else:
                        self._ask(peer, method, **params)
            peer.last_id = latest
            with contextlib.suppress(Refused):
                self._speak(peer, text)
            with contextlib.suppress(Refused):
                peer.ask("session.close", session=self.session)

    def _speak(self, peer, text):
        self.fates.setdefault(text, "unanswered")
        try:
            self._ask(peer, "session.speak", session=self.session, text=text)
            self.fates[text] = "spoken"
        except Refused as refused:
            self.fates[text] = "unknown" if refused.kind == "talk.unknown" else "refused"
            raise

    def _ask(self, peer, method, **params):
        id = peer.last_id + 1
        self.last_id = max(self.last_id, id)
        self.unanswered[id] = (method, params)
        try:
            result = peer.ask(method, **params)
        except Refused:
            del self.unanswered[id]
            raise
        del self.unanswered[id]
        return result

    def judge(self, place):
        """What the provider saw is what the client was told, and nothing stays open."""
        speaks = [entry["body"] for entry in self.mock.calls(CALLS[self.provider]["speak"]) if entry["status"] == 200]
        for text, fate in self.fates.items():
            count = sum(text in str(body) for body in speaks)
            self.counts[fate] += 1
            self.counts["doubleSpeaks"] += count > 1
            self.counts["saidOnce"] += fate == "spoken" and count == 1
            allowed = {"spoken": {1}, "refused": {0}, "unknown": {0, 1}, "unanswered": {0, 1}}[fate]
            assert count in allowed, f"{place}: {text} is {fate} and was spoken {count} times"
        self.mock.advance(IDLE_MS)
        left = self.mock.open_sessions()
        self.counts["conversations"] += 1
        self.counts["leftOpen"] += left
        assert left == 0, f"{place}: {left} sessions are left open"


@contextlib.contextmanager
def in_background(target, *arguments):
    thread = threading.Thread(target=target, args=arguments)
    thread.start()
    yield
    thread.join()
