"""kill -9 in the middle of a text that is spoken as it is written: each part is said at most once, and nobody is told otherwise."""

import contextlib
import random
import threading

import pytest
from killed_relay import CANDIDATE, is_resumed
from support.relay_program import ServingRelay
from support.signaling_peer import Refused, answer_to, signaling_peer
from support.waiting import PATIENCE, until

PARTS = 12


class Writer:
    """Has a text spoken part by part until the relay is gone; then goes on with the next one."""

    def __init__(self, mock, ledger, native):
        self.mock, self.native = mock, native
        self.arguments = ["--ledger", str(ledger), "--time-grace-seconds", str(2 * PATIENCE)]
        if native:
            self.arguments += ["--did-transport", "websocket", "--did-websocket-url", mock.api.replace("http://", "ws://")]
        self.last_id = 0
        self.session = self.talk = None
        self.fates = {}
        self.unanswered = {}

    def relay(self):
        return ServingRelay(self.mock.api, *self.arguments)

    def write(self, relay, begun=lambda: None):
        with contextlib.suppress(Exception), signaling_peer(relay.signaling) as peer:
            opened = peer.ask("session.open", provider="did")
            self.session, self.secret, self.last_id = opened["session"], opened["secret"], peer.last_id
            answer = {"type": "answer", "sdp": answer_to(opened["offer"]["sdp"])}
            peer.ask("session.answer", session=self.session, answer=answer)
            peer.ask("session.candidate", session=self.session, candidate=CANDIDATE["did"])
            self.last_id = peer.last_id
            begun()
            self.part(peer, 0)
            # Three at a time, as a client does that does not wait for answers.
            for first in range(1, PARTS, 3):
                ids = [self.send(peer, index) for index in range(first, first + 3)]
                for id in ids:
                    self.hear(peer, id)

    def part(self, peer, index):
        return self.hear(peer, self.send(peer, index))

    def send(self, peer, index):
        text = f"part{index:02}. "
        params = {"session": self.session, "text": text}
        method = "session.speakPart" if index else "session.speak"
        params |= {"talk": self.talk, "index": index} if index else {"open": True}
        self.unanswered[peer.last_id + 1] = (index, method, params)
        self.fates.setdefault(index, "unanswered")
        self.last_id = peer.send(method, **params)
        return self.last_id

    def hear(self, peer, id):
        index = self.unanswered[id][0]
        try:
            result = peer.result(id)
        except Refused as refused:
            self.fates[index] = refused.kind
        else:
            self.talk = result.get("talk", self.talk)
            self.fates[index] = "over" if result.get("interrupted") else "taken"
        del self.unanswered[id]

    def resume(self, relay):
        with signaling_peer(relay.signaling) as peer:
            if not is_resumed(self, peer):
                return
            latest = peer.last_id
            for id, (index, method, params) in sorted(self.unanswered.items()):
                peer.last_id = id - 1
                peer.send(method, **params)
                self.hear(peer, id)
            peer.last_id = latest
            # A text of its own, in the same session.
            with contextlib.suppress(Refused):
                peer.ask("session.speak", session=self.session, text="afterwards")
            peer.ask("session.close", session=self.session)

    def said(self):
        """What the provider was asked to say, in order."""
        if self.native:
            parts = [entry["body"]["payload"] for entry in self.mock.calls("did.streamText")]
        else:
            parts = [entry["body"] for entry in self.mock.calls("did.speak")]
        return [part["script"]["input"].strip() for part in parts if part["script"]["input"].strip()]

    def judge(self):
        said = [text for text in self.said() if text != "afterwards"]
        assert said == [f"part{index:02}." for index in range(len(said))], said
        for index, fate in self.fates.items():
            if fate == "taken":
                assert index < len(said), (index, fate, said)
            elif fate not in {"talk.unknown", "unanswered"}:
                assert index >= len(said), (index, fate, said)


@pytest.mark.parametrize("native", [True, False], ids=["native", "joined"])
@pytest.mark.parametrize("seed", range(12))
def test_killed_while_a_text_is_written(own_mock, tmp_path, native, seed):
    chance = random.Random(seed)
    writer = Writer(own_mock, tmp_path / "ledger.db", native)
    relay = writer.relay()
    alarm = threading.Timer(chance.uniform(0, 0.12), relay.process.kill)
    writer.write(relay, begun=alarm.start)
    alarm.join()
    relay.kill()
    with writer.relay() as relay:
        writer.resume(relay)
    writer.judge()


@pytest.mark.parametrize("effect", [True, False], ids=["done", "not-done"])
def test_killed_while_a_part_is_under_way(own_mock, tmp_path, effect):
    own_mock.fault("did.streamText", skip=4, delayMs=60_000, takesEffect=effect)
    writer = Writer(own_mock, tmp_path / "ledger.db", native=True)
    relay = writer.relay()
    thread = threading.Thread(target=writer.write, args=[relay])
    thread.start()
    # The part has left the relay when the fault is used up.
    until(lambda: own_mock.get("faults"), lambda faults: not faults["faults"], "the part")
    relay.kill()
    thread.join()
    own_mock.advance(60_000)
    with writer.relay() as relay:
        writer.resume(relay)
    taken = [index for index, fate in writer.fates.items() if fate == "taken"]
    assert taken == [0, 1, 2, 3]
    assert writer.fates[4] == "talk.unknown" and writer.fates[5] == "over" and writer.fates[6] == "over"
    payloads = [entry["body"]["payload"] for entry in own_mock.calls("did.streamText")]
    # The next life tells the provider that the text is over, before it has anything else said.
    assert [part["script"]["input"] for part in payloads[-3:]] == [" ", "afterwards", " "]
    assert "index" not in payloads[-3]
