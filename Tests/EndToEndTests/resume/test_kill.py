"""kill -9 at every kind of moment and at random ones: nothing is said twice, nothing stays open, nothing is lost silently."""

import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import threading

import pytest
from figures import tell
from killed_relay import CALLS, Conversation, in_background
from support.relay_program import KEYS, environment, program
from support.waiting import PATIENCE, until

# How many kills at random moments: with the moments below two hundred, if not told otherwise.
RANDOM_KILLS = int(os.environ.get("KILLS", "184"))


@pytest.fixture(scope="module", autouse=True)
def figures():
    yield
    names = ["conversations", "kills", "spoken", "saidOnce", "unknown", "unanswered", "refused", "doubleSpeaks", "leftOpen"]
    tell(**{f"killing_{name}": Conversation.counts[name] for name in names})


def recover(conversation, place, text="again"):
    """The next life of the relay: its client comes back, and everything ends well."""
    with conversation.relay() as relay:
        conversation.resume(relay, text)
    conversation.judge(place)


@pytest.mark.parametrize("provider", ["did", "heygen"])
@pytest.mark.parametrize("call", ["open", "answer", "speak", "close"])
@pytest.mark.parametrize("effect", [True, False], ids=["done", "not-done"])
def test_killed_while_a_call_is_under_way(own_mock, tmp_path, provider, call, effect):
    own_mock.fault(CALLS[provider][call], delayMs=60_000, takesEffect=effect)
    conversation = Conversation(own_mock, provider, tmp_path / "ledger.db")
    relay = conversation.relay()
    with in_background(conversation.talk, relay, ["first", "second"]):
        # The call has left the relay when the mock's fault is used up.
        until(lambda: own_mock.get("faults"), lambda faults: not faults["faults"], "the call")
        conversation.killed(relay)
    if call == "speak":
        assert conversation.fates == {"first": "unanswered"}
    own_mock.advance(60_000)
    with conversation.relay() as relay:
        conversation.resume(relay, "again")
        if call == "speak":
            assert conversation.fates == {"first": "unknown", "again": "spoken"}
    conversation.judge(f"{call} of {provider}")


@pytest.mark.parametrize("seed", range(RANDOM_KILLS))
def test_killed_at_a_random_moment(own_mock, tmp_path, seed):
    chance = random.Random(seed)
    provider = chance.choice(["did", "heygen"])
    conversation = Conversation(own_mock, provider, tmp_path / "ledger.db")
    relay = conversation.relay()
    alarm = threading.Timer(chance.uniform(0, 0.25), relay.process.kill)
    alarm.start()
    conversation.talk(relay, [f"text {number:02}" for number in range(12)], closes=chance.random() < 0.5)
    alarm.join()
    conversation.killed(relay)
    recover(conversation, f"seed {seed}")


def test_a_client_that_does_not_come_back_costs_nothing(own_mock, tmp_path):
    conversation = Conversation(own_mock, "did", tmp_path / "ledger.db")
    relay = conversation.relay()
    conversation.talk(relay, ["hello"], closes=False)
    assert own_mock.open_sessions() == 1
    conversation.killed(relay)
    with conversation.relay(grace=2):
        # After the grace time, long before the provider's own limit.
        until(own_mock.open_sessions, lambda count: count == 0, "the orphan is closed")
    assert len(own_mock.calls("did.delete")) == 1


def test_a_session_that_is_handed_back_goes_on(own_mock, tmp_path):
    conversation = Conversation(own_mock, "heygen", tmp_path / "ledger.db")
    relay = conversation.relay()
    conversation.talk(relay, ["one"], closes=False)
    conversation.killed(relay)
    with conversation.relay() as relay:
        conversation.resume(relay, "two")
    assert conversation.fates == {"one": "spoken", "two": "spoken"}
    assert len(own_mock.calls("heygen.new")) == 1 and len(own_mock.calls("heygen.task")) == 2
    assert [stat.S_IMODE(os.stat(path).st_mode) for path in tmp_path.iterdir()] == [0o600] * len(list(tmp_path.iterdir()))


# Files that cannot be used


def refused(ledger):
    """Runs a relay that must not serve and returns the one line that says why."""
    ended = subprocess.run(
        [program(), "serve", "--listen-port", "0", "--ledger", ledger, "--log-level", "error"],
        env=environment(**KEYS), capture_output=True, text=True, timeout=PATIENCE, check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, ""), ended
    assert ended.stderr.count("\n") == 1 and str(ledger) in ended.stderr, ended.stderr
    return ended.stderr


def test_a_damaged_file_is_no_reason_to_forget(own_mock, tmp_path):
    ledger = tmp_path / "ledger.db"
    ledger.write_bytes(b"SQLite format 3\0" + os.urandom(8192))
    before = ledger.read_bytes()
    assert "Restore a back-up, or move the file away" in refused(ledger)
    assert ledger.read_bytes() == before


def test_files_that_cannot_be(tmp_path):
    assert "No such file or directory" in refused(tmp_path / "none" / "ledger.db")
    assert "not a file" in refused(tmp_path) or "Is a directory" in refused(tmp_path)
    assert "ledger.store is empty" in subprocess.run(
        [program(), "check", "--ledger", ""], env=environment(), capture_output=True, text=True, check=False
    ).stderr


def test_two_relays_do_not_share_a_file(own_mock, tmp_path):
    conversation = Conversation(own_mock, "did", tmp_path / "ledger.db")
    with conversation.relay():
        assert "another relay uses this ledger" in refused(conversation.ledger)


@pytest.mark.skipif(os.geteuid() != 0, reason="a full disk is made with mount")
def test_a_full_disk_costs_nothing_and_ends_nothing(own_mock, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", disk], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        conversation = Conversation(own_mock, "did", disk / "ledger.db")
        with conversation.relay() as relay:
            conversation.talk(relay, ["before"], closes=False)
            with (disk / "rubbish").open("wb", buffering=0) as rubbish, pytest.raises(OSError, match="No space left"):
                while True:
                    rubbish.write(bytes(4096))
            conversation.resume(relay, "refused")
            assert conversation.fates == {"before": "spoken", "refused": "refused"}
            # It was closed at the provider all the same.
            assert own_mock.open_sessions() == 0
            until(relay.log.read_text, lambda log: '"failure":"full"' in log.replace(" ", ""), "the line in the log")
            (disk / "rubbish").unlink()
            conversation.talk(relay, ["after"])
            assert conversation.fates["after"] == "spoken"
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_back_up_of_a_running_relay_is_a_ledger(own_mock, tmp_path):
    conversation = Conversation(own_mock, "heygen", tmp_path / "ledger.db")
    relay = conversation.relay()
    conversation.talk(relay, ["one"], closes=False)
    copy = tmp_path / "copy.db"
    with sqlite3.connect(conversation.ledger) as ledger:
        ledger.execute("VACUUM INTO ?", [str(copy)])
    conversation.killed(relay)
    shutil.move(copy, tmp_path / "restored.db")
    conversation.ledger = tmp_path / "restored.db"
    recover(conversation, "restored")
    assert conversation.fates == {"one": "spoken", "again": "spoken"}


def test_an_orderly_end_leaves_nothing_in_the_ledger(own_mock, tmp_path):
    conversation = Conversation(own_mock, "did", tmp_path / "ledger.db")
    with conversation.relay() as relay:
        conversation.talk(relay, ["one"], closes=False)
        relay.process.send_signal(signal.SIGTERM)
        assert relay.wait() == 0
    with sqlite3.connect(conversation.ledger) as ledger:
        assert ledger.execute("SELECT state, ending, reason FROM session").fetchall() == [("ended", "closed", "draining")]
        words = " ".join(ledger.iterdump())
    for secret in ["canary", conversation.secret, "one"]:
        assert f"'{secret}" not in words and f'"{secret}' not in words
