"""The real program under everything that strangers may send, while honest clients talk and nobody reads its log."""

import collections
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

from hostile.honest import listen_to_echo, talk
from resume.figures import percentile, tell
from support.mock_program import running_mock
from support.relay_program import KEYS, PHOTO, environment, program
from support.secret_watch import WATCH
from support.signaling_peer import signaling_peer
from support.waiting import PATIENCE

# A minute in `make test-long` and `make figures`.
SECONDS = int(os.environ.get("HOSTILE_SECONDS", "8"))
HONEST = 4
# How long 99 of 100 answers of the relay may take.
MOST_MS = 100
# The part of the processors that programs of nobody here may take on a machine that is called quiet.
MOST_OF_OTHERS = 0.1
# The highest that the relay's memory may ever be.
MOST_MEMORY_MB = 200
CHARACTERS_PER_MINUTE = 2000
FAILED_ENDS = 6
TOKEN_KEY = "canary-hostile-key-of-sufficient-length"
TESTS = pathlib.Path(__file__).resolve().parents[1]


def token(key, subject):
    made = subprocess.run(
        [program(), "token", "--key-file", f"k=hs256:{key}", "--subject", subject], env=environment(),
        capture_output=True, text=True, timeout=PATIENCE, check=True,
    ).stdout.strip()
    WATCH.add(made)
    return made


@contextlib.contextmanager
def relay(tmp_path, mock, other_mock):
    """A relay whose standard error is a pipe that nobody reads, and the key of its tokens."""
    key = tmp_path / "key"
    key.write_text(TOKEN_KEY)
    WATCH.add(TOKEN_KEY)
    command = [
        program(), "serve", "--listen-port", "0", "--did-url", mock.api, "--heygen-url", other_mock.api,
        "--did-source-url", PHOTO, "--access-key-files", f"k=hs256:{key}", "--log-level", "trace", "--log-format", "json",
        "--limits-characters-per-minute", str(CHARACTERS_PER_MINUTE), "--time-drain-seconds", "60",
    ]
    with subprocess.Popen(command, env=environment(**KEYS), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process, json.loads(process.stdout.readline())["signaling"], key
        finally:
            process.kill()


def most_memory_mb(process):
    """The most that it ever had, as the system counts it (proc(5))."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def processor_seconds_of_all():
    """How long all programs ran on all processors, those of other virtual machines included, which "steal" (proc(5)); what
    interrupts took is nobody's."""
    user, nice, system, _, _, _, _, steal = map(int, pathlib.Path("/proc/stat").read_text().split(maxsplit=9)[1:9])
    return (user + nice + system + steal) / os.sysconf("SC_CLK_TCK")


def processor_seconds_of(*processes):
    """How long these ran, and this program with those that it has waited for (proc(5))."""
    own = sum(os.times()[:4])
    stats = [pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split() for process in processes]
    return own + sum(int(fields[11]) + int(fields[12]) for fields in stats) / os.sysconf("SC_CLK_TCK")


def processor_seconds(process):
    """How long its threads ran, and how long they waited for a processor (schedstat of proc(5))."""
    times = [task.read_text().split() for task in pathlib.Path(f"/proc/{process.pid}/task").glob("*/schedstat")]
    return [sum(int(fields[index]) for fields in times) / 1e9 for index in (0, 1)]


def test_strangers_cost_the_honest_nothing(tmp_path):
    mock_arguments = ("--media", "none")
    with running_mock(*mock_arguments) as mock, running_mock(*mock_arguments) as other_mock, \
            relay(tmp_path, mock, other_mock) as (process, url, key), contextlib.ExitStack() as open_peers:
        alice, mallory = token(key, "alice"), token(key, "mallory")
        ours = (process, mock.process, other_mock.process)
        begun, all_before, ours_before = time.monotonic(), processor_seconds_of_all(), processor_seconds_of(*ours)
        end = time.monotonic() + SECONDS + 1
        times, echo, told, mistakes = [], [], {}, []

        def honest(number):
            try:
                peer = open_peers.enter_context(signaling_peer(url))
                peer.ask("authorize", token=alice)
                talk(peer, f"honest {number}", end, times, told)
            except BaseException as mistake:
                mistakes.append(mistake)

        threads = [threading.Thread(target=honest, args=[number]) for number in range(HONEST)]
        threads.append(threading.Thread(target=listen_to_echo, args=[end, echo]))
        for thread in threads:
            thread.start()
        strangers = subprocess.run(
            [sys.executable, "-m", "hostile.strangers", url, str(SECONDS), mallory], cwd=TESTS, capture_output=True, text=True,
            timeout=SECONDS + 2 * PATIENCE, check=True)
        for thread in threads:
            thread.join()
        taken = processor_seconds_of_all() - all_before - (processor_seconds_of(*ours) - ours_before)
        others = max(0, taken) / (time.monotonic() - begun) / os.cpu_count()
        assert not mistakes, mistakes
        did = collections.Counter(json.loads(strangers.stdout))
        # A provider that fails for a while as the relay leaves: every session of the honest is still open.
        assert mock.open_sessions() == HONEST
        mock.fault("did.delete", status=503, times=FAILED_ENDS)
        memory, (ran, waited) = most_memory_mb(process), processor_seconds(process)
        process.terminate()
        status = process.wait(2 * PATIENCE)
        said = collections.Counter(entry["body"]["script"]["input"] for entry in mock.calls("did.speak"))
        spoken = sum(len(entry["body"]["text"]) for entry in other_mock.calls("heygen.task"))
        left = mock.open_sessions() + other_mock.open_sessions()
        log = process.stderr.read().decode(errors="replace")
        WATCH.look("a log that nobody read", log)

    accepted = [text for text, fate in told.items() if fate == "accepted"]
    p99, echo_p99 = (percentile(measured, 99) * 1000 for measured in (times, echo))
    tell(
        hostileSeconds=SECONDS, hostileControlFrames=did["controlFrames"], hostileBodies=did["bodies"],
        hostileOpens=did["opens"], hostileOpensLetThrough=did["opensLetThrough"], hostileCharacters=did["characters"],
        hostileCharactersSpoken=spoken, hostileWrongTokens=did["wrongTokens"], hostileHugeMessages=did["hugeMessages"],
        hostileUnreadLogBytes=len(log), hostileFailedEnds=FAILED_ENDS, hostileTalks=len(told), hostileAccepted=len(accepted),
        hostileSaidOnce=sum(said[text] == 1 for text in accepted), hostileAnswers=len(times), hostileP99Ms=p99,
        hostileEchoP99Ms=echo_p99, hostileOthersPercent=100 * others, hostileMemoryMB=memory,
        hostileRanSeconds=ran, hostileWaitedSeconds=waited, hostileLeftOpen=left)
    assert status == 0
    assert left == 0
    assert set(told.values()) == {"accepted"}
    assert said == {text: 1 for text in told}
    assert spoken <= CHARACTERS_PER_MINUTE * (2 + SECONDS / 60)
    assert memory < MOST_MEMORY_MB
    # Where other programs take the processors the relay has but a part of the time that it asks for, and its answers take
    # the longer; where none does, they may not.
    if others < MOST_OF_OTHERS:
        assert p99 < MOST_MS
    else:
        assert p99 * ran / (ran + waited) < MOST_MS + echo_p99
    # It was a fight: every role did something.
    for name in ("controlFrames", "bodies", "opens", "characters", "wrongTokens", "hugeMessages"):
        assert did[name] > 0, did
