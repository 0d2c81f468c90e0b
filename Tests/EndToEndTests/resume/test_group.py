"""Several relays share their sessions: one is killed, one is paused, and their Redis is restarted, all under load."""

import collections
import os
import signal
import subprocess
import threading

import pytest
from figures import percentile, tell
from redis_server import RedisServer
from resuming_client import LOST, ResumingClient
from support.relay_program import ServingRelay, program
from support.signaling_peer import Refused, signaling_peer
from support.tcp_forwarder import TCPBalancer
from support.waiting import PATIENCE, until

LEASE_SECONDS = 2
GRACE_SECONDS = 10
# A lease, a search for orphans, the time in which owners may come back, the grace time, and a slow machine.
ORPHANS_END = 4 * LEASE_SECONDS + GRACE_SECONDS + PATIENCE


@pytest.fixture
def redis():
    with RedisServer() as server:
        yield server


@pytest.fixture
def start_relay(own_mock, redis):
    relays = []

    def start(*arguments):
        relay = ServingRelay(
            own_mock.api, "--ledger", redis.url,
            "--ledger-lease-seconds", str(LEASE_SECONDS), "--time-grace-seconds", str(GRACE_SECONDS),
            "--limits-connections-per-address", "1000", "--limits-talks-per-minute", "10000",
            "--limits-opens-per-minute", "10000", "--limits-total-opens-per-minute", "10000", *arguments,
        )
        relays.append(relay)
        return relay

    yield start
    for relay in relays:
        relay.process.send_signal(signal.SIGCONT)
        relay.terminate()
    statuses = [relay.wait() for relay in relays]
    assert set(statuses) <= {0, -signal.SIGKILL}, statuses
    for relay in relays:
        assert "canary" not in relay.log.read_text()
        relay.log.unlink()


def port(relay):
    return int(relay.url.rsplit(":", 1)[1].strip("/"))


class Load:
    """Clients that speak, each in a thread of its own, and others that open and close sessions all the time."""

    def __init__(self, url, clients, openers):
        self.url = url
        self.stop = threading.Event()
        self.clients = [ResumingClient(f"client {number}", url).open() for number in range(clients)]
        self.opened = [0] * openers
        self.threads = [threading.Thread(target=client.speak_until, args=[self.stop]) for client in self.clients]
        self.threads += [threading.Thread(target=self._open, args=[number]) for number in range(openers)]
        for thread in self.threads:
            thread.start()

    def _open(self, number):
        while not self.stop.wait(0.3):
            try:
                with signaling_peer(self.url, close_timeout=0.1) as peer:
                    session = peer.ask("session.open", provider="heygen")["session"]
                    peer.ask("session.close", session=session)
                    self.opened[number] += 1
            except (*LOST, Refused):
                # Whoever lost the answer to `session.open` has nothing to resume.
                continue

    def fates(self):
        return {text: fate for client in self.clients for text, fate in dict(client.fates).items()}

    def spoken(self):
        return sum(1 for fate in self.fates().values() if "." not in fate)

    def wait_for_more(self, count):
        wanted = self.spoken() + count
        until(self.spoken, lambda spoken: spoken >= wanted, f"{count} more talks", seconds=2 * PATIENCE)

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(3 * PATIENCE)
            assert not thread.is_alive()
        for client in self.clients:
            assert client.trouble is None, f"{client.name}: {client.trouble!r}"


def test_sessions_survive_their_relays(own_mock, redis, start_relay):
    relays = [start_relay() for _ in range(3)]
    with TCPBalancer([port(relay) for relay in relays]) as balancer:
        load = Load(balancer.url, clients=12, openers=2)
        load.wait_for_more(24)

        # Three clients go with the relay and never come back.
        relays[0].process.kill()
        gone = load.clients[:3]
        for client in gone:
            client.vanishes.set()
        load.wait_for_more(36)

        relays[1].process.send_signal(signal.SIGSTOP)
        load.wait_for_more(36)
        redis.restart()
        load.wait_for_more(36)
        relays[1].process.send_signal(signal.SIGCONT)
        load.wait_for_more(36)
        load.end()

    fates = load.fates()
    kinds = collections.Counter("talk" if "." not in fate else fate for fate in fates.values())
    resumes = sorted(seconds for client in load.clients for seconds in client.resumes)
    assert set(kinds) <= {"talk", "talk.unknown", "server.ledgerUnavailable"}, kinds
    assert len(resumes) > 0

    said = collections.Counter(entry["body"]["script"]["input"] for entry in own_mock.calls("did.speak"))
    assert max(said.values()) == 1, [text for text, count in said.items() if count > 1]
    for text, fate in fates.items():
        if "." not in fate:
            assert said[text] == 1, f"{text!r} was answered with a talk and never said"
        if fate == "server.ledgerUnavailable":
            assert said[text] == 0, f"{text!r} was refused and said all the same"
    assert set(said) <= set(fates)

    # What nobody came back for is ended by one of the others, and only one; what nobody saw ends by itself.
    until(lambda: own_mock.get("sessions")["open"]["did"], lambda count: count == 0, "orphans", seconds=ORPHANS_END)
    ends = collections.Counter(entry["session"] for entry in own_mock.calls("did.delete"))
    assert set(ends.values()) == {1} and len(ends) == len(load.clients), ends
    own_mock.advance(300_000)
    own_mock.assert_nothing_left()
    tell(
        groupRelays=len(relays), groupClients=len(load.clients), groupSessions=len(load.clients) + sum(load.opened),
        groupTalks=len(fates), groupAccepted=kinds["talk"],
        groupSaidOnce=sum(said[text] == 1 for text, fate in fates.items() if "." not in fate),
        groupUnknown=kinds["talk.unknown"], groupRefused=kinds["server.ledgerUnavailable"],
        groupDoubleSpeaks=sum(1 for count in said.values() if count > 1), groupLeftOpen=own_mock.open_sessions(),
        groupResumes=len(resumes), groupMedianMs=f"{1000 * percentile(resumes, 50):.0f}",
        groupSlowestMs=f"{1000 * max(resumes):.0f}",
    )


def test_a_session_moves_while_its_relay_lives(own_mock, start_relay):
    """The old owner learns it from the ledger, tells its client, and does not send for it any more."""
    one, other = start_relay(), start_relay()
    client = ResumingClient("mover", one.signaling).open()
    old, ending = client.move(other.signaling)
    assert client.ask("session.speak", text="from the other")["talk"]
    # Whoever still has the old connection cannot speak through it.
    id = next(client.ids)
    old.send_as(id, "session.speak", session=client.session, text="from the old one")
    assert old.refusal_of(id)["data"]["kind"] in ("server.ledgerUnavailable", "session.closed", "session.notFound")
    ended = old.wait_for("session.closed", session=client.session)
    assert (ended["reason"], ended["action"]) == ("takenOver", "stop")
    # And back again, although that relay remembers having lost it.
    ending.close()
    with client.move(one.signaling)[1]:
        pass
    assert client.ask("session.speak", text="from the first again")["talk"]
    client.ask("session.close")
    said = [entry["body"]["script"]["input"] for entry in own_mock.calls("did.speak")]
    assert said == ["from the other", "from the first again"]
    assert len(own_mock.calls("did.delete")) == 1
    own_mock.assert_nothing_left()


def test_nobody_takes_a_session_over_without_its_secret(own_mock, start_relay):
    one, other = start_relay(), start_relay()
    client = ResumingClient("owner", one.signaling).open()
    with signaling_peer(other.signaling) as thief:
        error = thief.refusal("session.resume", session=client.session, secret="wrong" * 8, lastSeq=0)
        assert error["data"]["kind"] == "session.secretInvalid"
        error = thief.refusal("session.resume", session="nobody" * 4, secret=client.secret, lastSeq=0)
        assert error["data"]["kind"] == "session.notFound"
    assert client.ask("session.speak", text="still mine")["talk"]
    assert client.resumes == []
    client.ask("session.close")
    with signaling_peer(other.signaling) as late:
        error = late.refusal("session.resume", session=client.session, secret=client.secret, lastSeq=0)
        assert error["data"]["kind"] == "session.closed"
    own_mock.assert_nothing_left()


def test_without_redis_nothing_that_costs_money_happens(own_mock, redis, start_relay):
    relay = start_relay()
    client = ResumingClient("alone", relay.signaling).open()
    # It may also close what its client asks to close.
    closing = ResumingClient("closing", relay.signaling).open()
    redis.kill()
    for method, params in (("session.speak", {"text": "hello"}), ("session.speak", {"text": "again"})):
        error = client.connection.refusal(method, session=client.session, **params)
        assert (error["data"]["kind"], error["data"]["retryable"]) == ("server.ledgerUnavailable", True)
    assert client.connection.refusal("session.open", provider="did")["data"]["kind"] == "server.ledgerUnavailable"
    assert closing.connection.ask("session.close", session=closing.session) == {}
    assert own_mock.get("sessions")["open"]["did"] == 1
    redis.start()

    def speaks():
        try:
            return client.ask("session.speak", text="hello at last")["talk"]
        except Refused as refused:
            assert refused.kind == "server.ledgerUnavailable"
            return None

    until(speaks, bool, "Redis is back")
    client.ask("session.close")
    assert [entry["body"]["script"]["input"] for entry in own_mock.calls("did.speak")] == ["hello at last"]
    own_mock.assert_nothing_left()


def test_a_relay_without_its_redis_does_not_start(redis):
    redis.kill()
    ended = subprocess.run(
        [program(), "serve", "--listen-port", "0", "--ledger", redis.url], capture_output=True, text=True, timeout=PATIENCE,
        check=False, env={**os.environ, "AVATAR_RELAY_DID_KEY": "canary-did"},
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: ledger redis+unix://") and "cannot be reached" in ended.stderr
    redis.start()
