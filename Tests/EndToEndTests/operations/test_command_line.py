"""The command line as its users meet it: help, check, refusals, terminals, and a mock that never stays behind."""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import urllib.error
import urllib.request

import pytest
from support.relay_program import ROOT, DevRelay
from support.signaling_peer import signaling_peer
from support.waiting import PATIENCE, until

BINARY = os.environ.get("AVATAR_RELAY_BINARY", ROOT / ".build/debug/avatar-relay")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("AVATAR_RELAY_")}
CANARY = "canary-key-5d1e"


def run(*arguments, **environment):
    return subprocess.run(
        [BINARY, *arguments], cwd=ROOT, env={**ENVIRONMENT, **environment}, capture_output=True, text=True, timeout=PATIENCE
    )


@pytest.mark.parametrize("command", ["serve", "dev", "check"])
def test_help_names_every_setting_but_the_keys(command):
    shown = set(re.findall(r"^  (--[a-z-]+)", run(command, "--help").stdout, re.MULTILINE))
    settings = re.findall(r"^\| `([a-z]+\.[a-z.-]+)` \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    assert len(settings) > 30
    keys = {"did.key", "heygen.key", "ledger.password"}
    assert {f"--{name.replace('.', '-')}" for name in settings if name not in keys} <= shown
    assert not {"--did-key", "--heygen-key", "--ledger-password"} & shown


def test_check_says_what_would_be_served_and_no_secret():
    reply = run("check", "--web-root", "web", AVATAR_RELAY_DID_KEY=CANARY)
    assert reply.returncode == 0
    lines = {line.split()[0]: line for line in reply.stdout.splitlines()}
    assert "key set" in lines["did"] and "key unset" in lines["heygen"]
    assert CANARY not in reply.stdout + reply.stderr


@pytest.mark.parametrize(
    "keys, flags, warned",
    [
        (["DID"], [], True),
        (["DID"], ["--did-source-url", "https://a.example/b.png"], False),
        (["HEYGEN"], [], False),
    ],
)
def test_check_warns_where_a_session_needs_an_avatar(keys, flags, warned):
    reply = run("check", *flags, **{f"AVATAR_RELAY_{key}_KEY": CANARY for key in keys})
    assert reply.returncode == 0
    warnings = [line for line in reply.stdout.splitlines() if line.startswith("warning")]
    assert ["did.source-url" in line for line in warnings] == ([True] if warned else [])


# 64 for a command line that cannot be understood (EX_USAGE), 1 for what it asks and cannot be had.
@pytest.mark.parametrize("arguments, environment, words, status", [
    (["check"], {"AVATAR_RELAY_DID_KEYY": CANARY}, "AVATAR_RELAY_DID_KEYY", 1),
    (["check", "--config", "no-such-file.json"], {}, "no-such-file.json", 1),
    (["check", "--listen-host", "0.0.0.0"], {}, "listen.host", 1),
    (["check", "--did-key", CANARY], {}, "--did-key", 64),
    (["dev", "--port", "0", "--web-root", "no-such-folder"], {}, "web.root", 1),
    (["dev", "--port", "0", "--mock-provider", "no-such-program"], {}, "no-such-program", 1),
    (["sing"], {}, "sing", 64),
])
def test_what_is_wrong_is_refused_by_name(arguments, environment, words, status):
    reply = run(*arguments, **environment)
    assert reply.returncode == status
    assert words in reply.stderr
    assert CANARY not in reply.stdout + reply.stderr
    assert reply.stdout == ""


def test_a_taken_port_is_named(relay):
    port = relay.signaling.split(":")[2].split("/")[0]
    reply = run("dev", "--port", port)
    assert reply.returncode == 1
    assert "another program listens on 127.0.0.1" in reply.stderr and port in reply.stderr


def test_on_a_terminal_it_speaks_text():
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        [BINARY, "dev", "--port", "0"], cwd=ROOT, env=ENVIRONMENT, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    text = b""
    try:
        while b"Ctrl-C" not in text:
            text += os.read(master, 65536)
        process.send_signal(signal.SIGINT)
        # A terminal that nobody has open any more is an error on Linux, not an end of file.
        with contextlib.suppress(OSError):
            while True:
                text += os.read(master, 65536)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        os.close(master)
    assert re.search(rb"Open  http://127\.0\.0\.1:\d+/console/", text)
    assert b"leaving" in text
    assert b'{"' not in text, "no JSON for people"


def test_elsewhere_its_log_is_json():
    with DevRelay() as relay:
        with signaling_peer(relay.signaling) as peer:
            peer.ask("session.open", provider="heygen")
        relay.terminate()
        relay.wait()
        own = [line for line in relay.log.read_text().splitlines() if "mock-provider:" not in line]
        assert len(own) > 1 and all(json.loads(line)["level"] for line in own)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_mock_ends_with_the_program(number):
    relay = DevRelay()
    relay.process.send_signal(number)
    assert relay.wait() == (-number if number == signal.SIGKILL else 0)
    until(lambda: answers(f"{relay.mock}/__admin/health"), lambda answer: not answer, "the mock is gone")
    relay.log.unlink()


def answers(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=PATIENCE):
            return True
    except OSError:
        return False
