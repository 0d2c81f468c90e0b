"""The same session, resumed again and again: the relay lives and the connection is cut, or the relay is killed.

`ROUNDS` says how often. What is asserted is what the client gets back; how long that took is only told.
"""

import collections
import os
import socket
import time

import pytest
from dev_relay import RunningRelay
from figures import percentile, tell
from resuming_client import ResumingClient
from running_mock import running_mock
from signaling_peer import Refused

ROUNDS = int(os.environ.get("ROUNDS", "20"))
# Longer than a talk of two words.
TALK_MS = 3000


@pytest.fixture
def provider():
    with running_mock("--media", "none") as (mock, _):
        yield mock


class Returning:
    """A client that is cut off in the middle of a talk, comes back at once, and asks again for what it was not told."""

    def __init__(self, provider, ledger):
        self.provider, self.ledger = provider, ledger
        self.relay = self.start()
        self.client = ResumingClient("returning", self.relay.signaling).open()
        self.fates = {}
        self.replayed = 0
        self.resyncs = 0

    def start(self, port=0):
        url = self.provider.url.removesuffix("/__admin")
        return RunningRelay(
            "serve", "--listen-port", str(port), "--did-url", url, "--did-source-url", "https://avatar.example/anna.png",
            "--ledger", str(self.ledger), "--limits-talks-per-minute", "0", "--log-level", "warning",
            AVATAR_RELAY_DID_KEY="canary-did",
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
        self.provider.advance(TALK_MS)
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
        said = collections.Counter(entry["body"]["script"]["input"] for entry in self.provider.calls("did.speak"))
        assert set(said) <= set(self.fates) and len(self.fates) == ROUNDS
        for text, talk in self.fates.items():
            assert said[text] == 1 or (talk is None and said[text] == 0), f"{text!r} was said {said[text]} times"
        self.provider.assert_nothing_left()
        assert len(self.provider.calls("did.create")) == len(self.provider.calls("did.delete")) == 1
        return said


@pytest.mark.parametrize("trouble", ["cut", "kill"])
def test_the_session_is_back(provider, tmp_path, trouble):
    returning = Returning(provider, tmp_path / "ledger.db")
    try:
        times = [returning.round(number, getattr(returning, trouble)) for number in range(ROUNDS)]
        said = returning.judge()
        assert trouble == "kill" or (returning.replayed >= ROUNDS // 2 and None not in returning.fates.values())
    finally:
        with returning.relay:
            pass
    tell(**{
        f"{trouble}Resumes": len(times),
        f"{trouble}MedianMs": f"{percentile(times, 50):.1f}",
        f"{trouble}SlowMs": f"{percentile(times, 99):.1f}",
        f"{trouble}Replayed": returning.replayed,
        f"{trouble}Talks": len(returning.fates),
        f"{trouble}UnknownTalks": sum(1 for talk in returning.fates.values() if talk is None),
        f"{trouble}DoubleSpeaks": sum(1 for count in said.values() if count > 1),
        f"{trouble}LeftOpen": provider.open_sessions(),
    })
