"""Keeps a session over connections and relays that come and go, as docs/protocol.md says under `session.resume`."""

import collections
import contextlib
import itertools
import json
import socket
import threading
import time

from support.relay_program import KEYS, PHOTO, RunningRelay
from support.signaling_peer import Refused, SignalingPeer, answer_to
from support.waiting import PATIENCE
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

LOST = (OSError, WebSocketException, TimeoutError, EOFError)
CANDIDATE = "candidate:1467250027 1 udp 2122260223 192.0.2.44 46243 typ host generation 0 ufrag eEpP network-id 1"
# How long a relay may say nothing before a client that can go elsewhere does so.
SILENCE = 3
# Longer than a talk of two words.
TALK_MS = 3000


class Connection(SignalingPeer):
    """One counter of ids for all connections of a client."""

    def __init__(self, socket, ids):
        super().__init__(socket)
        self.ids = ids
        # How long it waits for a message.
        self.patience = PATIENCE

    def send(self, method, **params):
        return self.send_as(next(self.ids), method, **params)

    def send_as(self, id, method, **params):
        self.socket.send(json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
        return id

    def receive(self):
        message = json.loads(self.socket.recv(timeout=self.patience))
        if "method" in message:
            self.notifications.append(message)
        else:
            self.answers[message["id"]] = message
        return message


class ResumingClient:
    """Opens a session, speaks until it is told to stop, and closes the session."""

    def __init__(self, name, url):
        self.name = name
        self.url = url
        self.ids = itertools.count(1)
        self.connection = None
        # Ends the connection.
        self.ending = contextlib.ExitStack()
        self.session = self.secret = None
        self.last_seq = 0
        # What became of each text: talk, or the kind of an error.
        self.fates = {}
        self.resumes = []
        self.trouble = None
        self.vanishes = threading.Event()

    def open(self):
        self.connect()
        opened = self.connection.ask("session.open", provider="did")
        self.session, self.secret = opened["session"], opened["secret"]
        answer = {"type": "answer", "sdp": answer_to(opened["offer"]["sdp"])}
        self.connection.ask("session.answer", session=self.session, answer=answer)
        candidate = {"candidate": CANDIDATE, "sdpMid": "a", "sdpMLineIndex": 0, "usernameFragment": "eEpP"}
        self.connection.ask("session.candidate", session=self.session, candidate=candidate)
        self.connection.ask("session.candidate", session=self.session, candidate=None)
        self.connection.ask("session.report", session=self.session, iceConnectionState="connected")
        return self

    def speak_until(self, stop, pause=0.4):
        """Meant to be a thread's whole life."""
        try:
            while not stop.wait(pause) and not self.vanishes.is_set():
                text = f"{self.name} says {len(self.fates)}"
                try:
                    self.fates[text] = self.ask("session.speak", text=text)["talk"]
                except Refused as refused:
                    self.fates[text] = refused.kind
            if self.vanishes.is_set():
                self.ending.close()
            else:
                self.ask("session.close")
        except Exception as error:  # noqa: BLE001: a thread has nobody else to tell
            self.trouble = error

    def ask(self, method, **params):
        """Asks about the session, over as many connections as it takes, under one id."""
        id = next(self.ids)
        while True:
            try:
                self.connection.send_as(id, method, session=self.session, **params)
                with self._in_a_hurry():
                    return self.connection.result(id)
            except LOST:
                self._resume()

    def move(self, url):
        """Resumes the session elsewhere, and leaves the old connection, which is returned, as it is."""
        old, self.connection, self.url = (self.connection, self.ending.pop_all()), None, url
        self._resume()
        return old

    def connect(self, patience=PATIENCE):
        if self.connection:
            self._count_notifications()
        self.ending.close()
        self.connection = None
        opening = connect(
            self.url, subprotocols=["avatar-relay.v1"], proxy=None, open_timeout=patience, close_timeout=0.1
        )
        self.connection = Connection(self.ending.enter_context(opening), self.ids)

    @contextlib.contextmanager
    def _in_a_hurry(self):
        """Whoever says nothing for long is left."""
        connection = self.connection
        connection.patience = SILENCE
        try:
            yield
        finally:
            connection.patience = PATIENCE

    def _count_notifications(self):
        told = [message["params"] for message in self.connection.notifications]
        numbers = [params["seq"] for params in told if params.get("session") == self.session]
        assert numbers == sorted(set(numbers)), f"out of order: {numbers}"
        self.last_seq = max([self.last_seq, *numbers])

    def _resume(self):
        start = time.monotonic()
        while True:
            assert time.monotonic() < start + PATIENCE, "no relay took the session"
            try:
                self.connect(SILENCE)
                with self._in_a_hurry():
                    resumed = self.connection.ask(
                        "session.resume", session=self.session, secret=self.secret, lastSeq=self.last_seq)
            except LOST:
                continue
            except Refused as refused:
                if not refused.error["data"]["retryable"]:
                    raise
                # It would come back after a pause that grows; here it waits for the relay to say more, which it does not.
                with contextlib.suppress(*LOST):
                    self.connection.socket.recv(timeout=0.2)
                continue
            self.secret = resumed["secret"]
            self.resumes.append(time.monotonic() - start)
            return


class ReturningClient:
    """A client that is cut off in the middle of a talk, comes back at once, and asks again for what it was not told."""

    def __init__(self, mock, ledger):
        self.mock, self.ledger = mock, ledger
        self.relay = self.start()
        self.client = ResumingClient("returning", self.relay.signaling).open()
        self.fates = {}
        self.replayed = 0
        self.resyncs = 0

    def start(self, port=0):
        url = self.mock.api
        return RunningRelay(
            "serve", "--listen-port", str(port), "--did-url", url, "--did-source-url", PHOTO,
            "--ledger", str(self.ledger), "--limits-talks-per-minute", "0", "--limits-opens-per-minute", "0",
            "--limits-total-opens-per-minute", "0", "--log-level", "warning",
            AVATAR_RELAY_DID_KEY=KEYS["AVATAR_RELAY_DID_KEY"],
        )

    def cut(self):
        self.client.connection.socket.socket.shutdown(socket.SHUT_RDWR)

    def kill(self):
        """The next one is started at once, at the same address."""
        port = int(self.relay.url.rsplit(":", 1)[1].strip("/"))
        self.relay.kill()
        self.relay = self.start(port)

    def round(self, number, trouble):
        """Returns how long the client was without its session, in ms."""
        client = self.client
        text = f"word {number:04}"
        id = next(client.ids)
        client.connection.send_as(id, "session.speak", session=client.session, text=text)
        # Every other answer is read before the trouble, the others may be anywhere.
        answered = number % 2 == 0
        if answered:
            self.fates[text] = client.connection.result(id)["talk"]
        start = time.monotonic()
        trouble()
        resumed = self.resume()
        elapsed = (time.monotonic() - start) * 1000
        # `accepted` comes behind the answer, so that one was missed at least.
        assert not answered or "resync" in resumed or resumed["replayed"] >= 1, resumed
        if not answered:
            client.connection.send_as(id, "session.speak", session=client.session, text=text)
            try:
                self.fates[text] = client.connection.result(id)["talk"]
            except Refused as refused:
                assert refused.kind == "talk.unknown", refused
                self.fates[text] = None
        # The provider takes no more talks than it can queue; this one is over.
        self.mock.advance(TALK_MS)
        return elapsed

    def resume(self):
        client = self.client
        self.check_numbers()
        client.connect()
        resumed = client.connection.ask(
            "session.resume", session=client.session, secret=client.secret, lastSeq=client.last_seq)
        assert resumed["secret"] != client.secret
        client.secret = resumed["secret"]
        if "resync" in resumed:
            self.resyncs += 1
            client.last_seq = resumed["resync"]["seq"]
        else:
            self.replayed += resumed["replayed"]
        return resumed

    def check_numbers(self):
        """Nothing is missing among what this connection was told, from where the one before had stopped."""
        told = [message["params"]["seq"] for message in self.client.connection.notifications]
        assert told == list(range(self.client.last_seq + 1, self.client.last_seq + 1 + len(told)))

    def judge(self):
        """What the provider was asked to say is what the client was told."""
        self.client.ask("session.close")
        self.check_numbers()
        said = collections.Counter(entry["body"]["script"]["input"] for entry in self.mock.calls("did.speak"))
        assert set(said) <= set(self.fates)
        for text, talk in self.fates.items():
            assert said[text] == 1 or (talk is None and said[text] == 0), f"{text!r} was said {said[text]} times"
        self.mock.assert_nothing_left()
        assert len(self.mock.calls("did.create")) == len(self.mock.calls("did.delete")) == 1
        return said
