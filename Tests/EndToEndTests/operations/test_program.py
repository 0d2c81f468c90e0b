"""The program as an operator meets it: help, settings, exit codes, signals, addresses, certificates."""

import asyncio
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.mock_program import MockControl
from support.relay_program import KEYS, PHOTO, ROOT, DevRelay, RunningRelay, ServingRelay, environment, program
from support.signaling_peer import SignalingPeer, signaling_peer
from support.tcp_forwarder import ConnectProxy, TLSFront, certificate
from support.waiting import PATIENCE, until
from websockets.asyncio.client import connect as connect_on_a_loop
from websockets.sync.client import connect, unix_connect


def run(*arguments, **settings):
    return subprocess.run(
        [program(), *arguments], env=environment(**settings), capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def refused(*arguments, status=1, **settings):
    """Runs what must fail with one clear line, and returns it."""
    ended = run(*arguments, **settings)
    assert (ended.returncode, ended.stdout) == (status, ""), ended
    if status == 1:
        assert ended.stderr.startswith("Error: ") and ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


def serving(mock, *arguments, url=None, **settings):
    return ServingRelay(url or mock.api, *arguments, **settings)


def open_both(peer):
    peer.ask("session.open", provider="did")
    peer.ask("session.open", provider="heygen")


# Help and settings


def settings_in_the_documentation():
    """Flag to key, secret ones apart; another test compares docs/operations.md with the program's registry."""
    rows = re.findall(r"^\| `([a-z.-]+)` \| (\S*) \| [^|]* \| (.*) \|$", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    secret = {key for key, _, meaning in rows if "environment or file only" in meaning}
    assert len(rows) > 30 and secret == {"did.key", "heygen.key", "ledger.password"}
    return {"--" + key.replace(".", "-"): (key, default) for key, default, _ in rows if key not in secret}


@pytest.mark.parametrize(
    ("command", "own"), [("serve", set()), ("check", {"--json"}), ("dev", {"--port", "--mock-provider", "--media", "--rtc-port", "--rtc-advertise", "--media-folder", "--exit-with-parent"})]
)
def test_help_lists_every_setting_but_the_secret_ones(command, own):
    text = run(command, "--help").stdout
    flags = set(re.findall(r"^  (?:-h, )?(--[a-z-]+)", text, re.MULTILINE))
    settings = settings_in_the_documentation()
    assert flags == settings.keys() | own | {"--config", "--version", "--help"}
    # What stands where nobody gives a value.
    words = " ".join(text.split())
    for flag, (_, default) in settings.items():
        if default != "—":
            described = re.split(rf"{flag} ", words)[1].split(" --")[0]
            assert described.endswith(f"(default: {default})"), flag


def test_every_flag_sets_its_own_key():
    nowhere = "/nonexistent/file"
    wrong = {
        "--listen-host": "192.0.2.1", "--web-root": nowhere, "--web-allowed-origins": "nowhere", "--did-key-file": nowhere,
        "--did-url": "x", "--did-transport": "pigeon",
        "--heygen-key-file": nowhere, "--heygen-url": "x", "--upstream-ca-file": nowhere,
        "--upstream-proxy": "x", "--log-level": "loud", "--log-format": "pretty", "--listen-proxy-header": "two words",
        "--listen-trusted-proxies": "nowhere", "--admin-listen": "nowhere", "--metrics-listen": "nowhere",
        "--ledger-store": "http://localhost", "--ledger-password-file": nowhere, "--ledger-key-prefix": "two words",
    }
    # Seen at work below; of options, audiences and issuers every name is taken.
    elsewhere = {
        "--did-extra-options", "--heygen-extra-options", "--access-audience", "--access-issuer",
        "--did-websocket-url", "--listen-unix-socket", "--listen-certificate", "--listen-certificate-key", "--did-source-url",
        "--heygen-session-tokens", "--admin-key-file", "--metrics-key-file", "--ledger-exclusive-key",
        "--upstream-ready-connections", "--passthrough-enabled", "--passthrough-calls",
    }
    for flag, (key, default) in settings_in_the_documentation().items():
        if flag in elsewhere:
            continue
        value = wrong.get(flag) or str(-1 if default.isdigit() else None)
        keys = {} if flag.endswith("key-file") else KEYS
        assert re.search(rf"\b{re.escape(key)}\b", refused("check", f"{flag}={value}", **keys)), flag


def test_check_reads_what_is_named_and_shows_no_secret(tmp_path):
    report = run("check", "--web-root", str(ROOT / "web"), **KEYS)
    assert report.returncode == 0
    assert "key set" in report.stdout and "canary" not in report.stdout + report.stderr
    pem, key = certificate(tmp_path, "one")
    other = certificate(tmp_path, "other")[1]
    assert run("check", "--listen-certificate", pem, "--listen-certificate-key", key, **KEYS).returncode == 0
    assert "go together" in refused("check", "--listen-certificate", pem)
    assert "listen.certificate-key" in refused("check", "--listen-certificate", pem, "--listen-certificate-key", other, **KEYS)
    assert "listen.certificate" in refused("check", "--listen-certificate", tmp_path, "--listen-certificate-key", key, **KEYS)
    assert str(key) in refused("check", "--upstream-ca-file", key, **KEYS)


def test_mistakes_are_named_in_one_line(tmp_path):
    assert "--frobnicate" in refused("serve", "--frobnicate", status=64)
    assert "frobnicate" in refused("frobnicate", status=64)
    assert "--listen-port" in refused("serve", "--listen-port", "eighty", status=64)
    assert "AVATAR_RELAY_LISTEN_PROT" in refused("serve", AVATAR_RELAY_LISTEN_PROT="1")
    missing, file = tmp_path / "missing.json", tmp_path / "relay.json"
    assert str(missing) in refused("serve", "--config", missing)
    file.write_text('{"listen": {"prot": 1}}')
    assert "listen.prot" in refused("serve", "--config", file)
    file.write_text('{"did": {"key": "canary", "key": "canary"}}')
    assert "canary" not in refused("serve", "--config", file)
    words = refused("serve", AVATAR_RELAY_DID_KEY="canary\nkey")
    assert "did.key" in words and "canary" not in words
    assert "/nonexistent/relay.sock" in refused("serve", "--listen-unix-socket", "/nonexistent/relay.sock")


def test_a_taken_port_is_said_to_be_taken():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        words = refused("serve", "--listen-port", str(port), "--log-level", "error")
        assert f"127.0.0.1:{port}" in words and "listen.port" in words


def test_dev_finds_its_page_from_any_folder_and_leaves_settings_alone(tmp_path):
    with RunningRelay("dev", "--port", "0", folder=tmp_path) as relay:
        assert relay.url.endswith("/console/")
    ended = run("dev", "--port", "0", AVATAR_RELAY_WEB_ROOT=str(tmp_path / "none"))
    assert ended.returncode == 1 and str(tmp_path / "none") in ended.stderr.splitlines()[-1]


# Signals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_every_session_and_ends_with_0(own_mock, number):
    # Whoever waited for the deadline would wait longer than this test.
    with (
        serving(own_mock, "--time-drain-seconds", "300") as relay, signaling_peer(relay.signaling) as one,
        signaling_peer(relay.signaling) as other,
    ):
        open_both(one)
        open_both(other)
        assert own_mock.open_sessions() == 4
        assert {call["body"]["source_url"] for call in own_mock.calls("did.create")} == {PHOTO}
        relay.process.send_signal(number)
        assert relay.wait() == 0
        assert own_mock.open_sessions() == 0
        assert (one.close_code(), other.close_code()) == (4000, 4000)


def test_a_session_that_is_just_being_opened_is_closed_too(own_mock):
    with serving(own_mock) as relay, signaling_peer(relay.signaling) as peer:
        own_mock.fault("heygen.new", delayMs=60_000, takesEffect=True)
        request = peer.send("session.open", provider="heygen")
        until(own_mock.open_sessions, lambda count: count == 1, "the session to be made")
        relay.terminate()
        peer.wait_for("server.draining")
        own_mock.advance(60_000)
        assert peer.refusal_of(request)["data"]["kind"] == "server.draining"
        assert relay.wait() == 0
        assert own_mock.open_sessions() == 0


def test_a_relay_that_leaves_opens_nothing_and_is_gone_in_time(own_mock):
    with serving(own_mock, "--time-drain-seconds", "6") as relay, signaling_peer(relay.signaling) as peer:
        session = peer.ask("session.open", provider="did")["session"]
        # The end of that session holds the drain.
        own_mock.fault("did.delete", delayMs=60_000, takesEffect=True)
        started = time.monotonic()
        relay.terminate()
        assert 0 < peer.wait_for("server.draining")["deadlineMs"] <= 6000
        error = peer.refusal("session.open", provider="heygen")
        assert (error["data"]["kind"], error["data"]["retryable"]) == ("server.draining", True)
        with signaling_peer(relay.signaling) as late:
            assert 0 < late.wait_for("server.draining")["deadlineMs"] <= 6000
            assert late.refusal("session.open", provider="heygen")["data"]["kind"] == "server.draining"
            assert late.close_code() == 4000
        # The provider never confirmed the end of that session, so the code alone tells of it.
        assert peer.close_code() == 4000
        assert [message["params"]["state"] for message in peer.told(session) if "state" in message["params"]][-1] == "closing"
        # The provider would hold it for longer than is waited here.
        assert relay.wait() == 0
        assert 5.9 < time.monotonic() - started
        assert own_mock.calls("heygen.new") == [] and len(own_mock.calls("did.delete")) == 1
    own_mock.advance(60_000)


@pytest.mark.parametrize("failure", [{"status": 503}, {"drop": True}])
def test_a_failing_provider_is_asked_until_it_confirms_every_end(own_mock, failure):
    with serving(own_mock, "--time-drain-seconds", "600") as relay, signaling_peer(relay.signaling) as peer:
        sessions = [peer.ask("session.open", provider=provider)["session"] for provider in ("did", "heygen")]
        # One series of attempts is four.
        for call in ("did.delete", "heygen.stop"):
            own_mock.fault(call, times=6, **failure)
        relay.terminate()
        assert peer.close_code() == 4000
        # It is gone as soon as the ends are confirmed, long before its deadline.
        assert relay.wait(2 * PATIENCE) == 0
        assert own_mock.open_sessions() == 0
        assert [len(own_mock.calls(call)) for call in ("did.delete", "heygen.stop")] == [7, 7]
        for session in sessions:
            assert peer.told(session)[-1]["method"] == "session.closed"
        assert "not closed in time" not in relay.log.read_text()


def test_an_end_that_is_not_confirmed_is_said_and_is_the_next_start_s(own_mock, tmp_path):
    arguments = ("--ledger", tmp_path / "sessions.sqlite", "--time-drain-seconds", "8")
    with serving(own_mock, *arguments) as relay, signaling_peer(relay.signaling) as peer:
        session = peer.ask("session.open", provider="did")["session"]
        own_mock.fault("did.delete", status=503, times=1000)
        started = time.monotonic()
        relay.terminate()
        assert peer.close_code() == 4000
        assert relay.wait() == 0
        assert 7.9 < time.monotonic() - started
        assert len(own_mock.calls("did.delete")) > 4
        assert [message["method"] for message in peer.told(session)] == ["session.state", "session.state"]
        line = next(line for line in relay.log.read_text().splitlines() if "not closed in time" in line)
        assert session in line and "error" in line and "the next start ends them" in line
    own_mock.forget_faults()
    assert own_mock.open_sessions() == 1
    with serving(own_mock, *arguments):
        own_mock.assert_nothing_left()


def test_ctrl_c_in_a_terminal_ends_dev_and_its_mock():
    with DevRelay() as relay, signaling_peer(relay.signaling) as peer:
        open_both(peer)
        os.killpg(relay.process.pid, signal.SIGINT)
        assert relay.wait() == 0
        log = relay.log.read_text()
        assert "may be left open" not in log and "did.delete" in log and "heygen.stop" in log
        assert_ended(MockControl(relay.mock))


def test_the_mock_ends_with_a_relay_that_is_killed():
    relay = DevRelay()
    relay.kill()
    assert_ended(MockControl(relay.mock))


def assert_ended(own_mock):
    def answers():
        try:
            return own_mock.get("sessions")
        except OSError:
            return None

    until(answers, lambda reply: reply is None, "the end of the mock")


def test_a_provider_that_hangs_does_not_hold_the_program(own_mock):
    with serving(own_mock, "--time-drain-seconds", "1") as relay, signaling_peer(relay.signaling) as peer:
        open_both(peer)
        own_mock.halt()
        try:
            started = time.monotonic()
            relay.terminate()
            assert relay.wait() == 0
            assert 0.9 < time.monotonic() - started
        finally:
            own_mock.process.send_signal(signal.SIGCONT)
        assert relay.log.read_text().count("may be left open") == 2, "what is left is said"
    own_mock.reset()


def test_on_a_terminal_it_speaks_in_words_and_ends_with_the_terminal(own_mock):
    process, terminal = pty.fork()
    if process == 0:
        command = [program(), "serve", "--listen-port", "0", "--heygen-url", own_mock.api]
        os.execve(command[0], command, environment(**KEYS))
    text = ""

    def read():
        """All that was written so far; a line may come in pieces."""
        nonlocal text
        if select.select([terminal], [], [], 0.1)[0]:
            text += os.read(terminal, 4096).decode(errors="replace")
        return text

    until(read, lambda text: "Ctrl-C" in text, "the address")
    address = re.search(r"ws://\S+", text)[0]
    with signaling_peer(address) as peer:
        peer.ask("session.open", provider="heygen")
        until(read, lambda text: "INFO avatar-relay: session is" in text, "a log line")
        os.kill(process, signal.SIGHUP)
        assert peer.ask("ping") == {}, "a reload is no end"
        os.close(terminal)
        assert peer.close_code() == 4000
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


@pytest.mark.parametrize("lost", ["closed", "full"])
def test_a_log_that_cannot_be_written_ends_no_session(own_mock, lost):
    read, write = os.pipe() if lost == "closed" else (None, os.open("/dev/full", os.O_WRONLY))
    command = [program(), "serve", "--listen-port", "0", "--heygen-url", own_mock.api]
    with subprocess.Popen(command, env=environment(**KEYS), stdout=subprocess.PIPE, stderr=write) as process:
        os.close(write)
        ready = json.loads(process.stdout.readline())
        if read:
            os.close(read)
        with signaling_peer(ready["signaling"]) as peer:
            peer.ask("session.open", provider="heygen")
            assert own_mock.open_sessions() == 1
            process.terminate()
            assert process.wait(PATIENCE) == 0


def test_a_closed_standard_output_ends_nothing(own_mock):
    read, write = os.pipe()
    os.close(read)
    command = [program(), "serve", "--listen-port", "0", "--heygen-url", own_mock.api, "--log-format", "json"]
    with subprocess.Popen(command, env=environment(), stdout=write, stderr=subprocess.PIPE) as process:
        os.close(write)
        assert b"no provider has a key" in process.stderr.readline()
        process.terminate()
        assert process.wait(PATIENCE) == 0


# Addresses and certificates


@pytest.mark.parametrize(
    ("host", "hosts"), [("127.0.0.1", ["127.0.0.1"]), ("::1", ["[::1]"]), ("localhost", ["127.0.0.1", "[::1]"])]
)
def test_loopback_addresses(own_mock, host, hosts):
    with serving(own_mock, "--listen-host", host) as relay:
        port = relay.signaling.rsplit(":", 1)[1]
        for name in hosts:
            with signaling_peer(f"ws://{name}:{port}") as peer:
                assert peer.ask("ping") == {}


def test_unix_socket(own_mock, tmp_path):
    path = str(tmp_path / "relay.sock")
    with serving(own_mock, "--listen-unix-socket", path) as relay:
        assert relay.ready == {"event": "ready", "unix": path}
        uri = "ws://localhost/v1/signaling"
        with unix_connect(
            path, uri=uri, subprotocols=["avatar-relay.v1"], proxy=None, open_timeout=PATIENCE, ping_interval=None
        ) as connection:
            open_both(SignalingPeer(connection))
    assert not os.path.exists(path)


def test_certificates_are_reloaded_under_open_connections(own_mock, tmp_path):
    certificate(tmp_path, "authority")
    pairs = {name: certificate(tmp_path, name, "authority") for name in ("first", "second")}
    pem, key = (str(shutil.copy(path, tmp_path / f"served{path.suffix}")) for path in pairs["first"])
    trust = ssl.create_default_context(cafile=tmp_path / "authority.pem")
    with serving(own_mock, "--listen-certificate", pem, "--listen-certificate-key", key) as relay:
        assert relay.signaling.startswith("wss://") and relay.url.startswith("https://")

        port = int(relay.url.split(":")[2].rstrip("/"))

        def served():
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as plain, trust.wrap_socket(plain, server_hostname="127.0.0.1") as secured:
                subject = secured.getpeercert()["subject"]
            return dict(pair for part in subject for pair in part)["commonName"]

        def reload(words, times):
            relay.process.send_signal(signal.SIGHUP)
            until(lambda: relay.log.read_text().count(words), lambda count: count == times, words)

        def reload_often():
            assert served() == "first"
            shutil.copy(pairs["second"][0], pem)
            reload("certificate not reloaded", 1)
            assert served() == "first"
            shutil.copy(pairs["second"][1], key)
            reload('"certificate reloaded"', 1)
            assert served() == "second"
            os.remove(pem)
            reload("certificate not reloaded", 2)
            assert served() == "second"

        async def reload_under_a_connection():
            # The client without threads: the other one reads and writes a connection in two, and where that is TLS, three
            # handshakes in a thousand hang, with any server.
            async with connect_on_a_loop(
                relay.signaling, ssl=trust, subprotocols=["avatar-relay.v1"], proxy=None, open_timeout=PATIENCE, ping_interval=None
            ) as peer:
                # Meanwhile the connection answers the relay's pings.
                await asyncio.to_thread(reload_often)
                await peer.send('{"jsonrpc": "2.0", "id": 1, "method": "ping"}')
                assert json.loads(await peer.recv())["result"] == {}

        # The browser's driver has a loop on this thread.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(reload_under_a_connection())).result()


def test_provider_behind_tls_and_a_proxy(own_mock, tmp_path):
    certificate(tmp_path, "authority")
    pem, key = certificate(tmp_path, "server", "authority")
    with TLSFront(own_mock.api, pem, key) as front, ConnectProxy() as proxy:
        url = f"https://localhost:{front.port}"
        with serving(own_mock, url=url) as relay, signaling_peer(relay.signaling) as peer:
            error = peer.refusal("session.open", provider="did")
            assert error["data"]["kind"] == "provider.unreachable", "a certificate of an unknown authority"
            assert own_mock.get("requests")["requests"] == []
        trusted = ["--upstream-ca-file", str(tmp_path / "authority.pem")]
        with serving(own_mock, *trusted, url=url) as relay, signaling_peer(relay.signaling) as peer:
            open_both(peer)
            assert own_mock.open_sessions() == 2
        proxied = [*trusted, "--upstream-proxy", f"http://127.0.0.1:{proxy.port}", "--heygen-session-tokens", "true"]
        # A provider on this machine is nothing for a proxy.
        with serving(own_mock, *proxied, url=url) as relay, signaling_peer(relay.signaling) as peer:
            open_both(peer)
            assert proxy.connections == 0
        elsewhere = f"https://provider.internal:{front.port}"
        with serving(own_mock, *proxied, url=elsewhere) as relay, signaling_peer(relay.signaling) as peer:
            open_both(peer)
            assert proxy.connections > 0
            assert len(own_mock.calls("heygen.createToken")) == 2


# A service manager


def test_a_service_manager_is_told_how_it_goes(own_mock, tmp_path):
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(PATIENCE)
        with serving(own_mock, NOTIFY_SOCKET=str(path), WATCHDOG_USEC="1000000") as relay:
            def next_but_watchdog():
                while (notice := manager.recv(4096)) == b"WATCHDOG=1":
                    pass
                return notice

            assert manager.recv(4096) == b"READY=1"
            def interval():
                started = time.monotonic()
                assert manager.recv(4096) == b"WATCHDOG=1"
                return time.monotonic() - started

            # Half of what the manager allows, or less; on a busy machine not each of them comes in time.
            assert manager.recv(4096) == b"WATCHDOG=1"
            until(interval, lambda seconds: seconds < 0.75, "a notice half a second after the one before")
            relay.process.send_signal(signal.SIGHUP)
            assert re.fullmatch(rb"RELOADING=1\nMONOTONIC_USEC=\d+", next_but_watchdog())
            assert next_but_watchdog() == b"READY=1"
            relay.terminate()
            assert next_but_watchdog() == b"STOPPING=1"
            assert relay.wait() == 0


@pytest.mark.parametrize("settings", [
    {"NOTIFY_SOCKET": "/nonexistent/notify"}, {"NOTIFY_SOCKET": "x" * 200}, {"NOTIFY_SOCKET": "/" + "x" * 200},
    {"WATCHDOG_USEC": "1"},
])
def test_a_service_manager_that_cannot_be_reached_changes_nothing(own_mock, settings):
    with serving(own_mock, **settings) as relay, signaling_peer(relay.signaling) as peer:
        assert peer.ask("ping") == {}


def test_another_programs_watchdog_is_not_this_ones(own_mock):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        # An abstract name, as containers have it.
        manager.bind(f"\0avatar-relay-test-{os.getpid()}")
        manager.settimeout(PATIENCE)
        address = "@" + manager.getsockname()[1:].decode()
        with serving(own_mock, NOTIFY_SOCKET=address, WATCHDOG_USEC="2000", WATCHDOG_PID="1") as relay:
            assert manager.recv(4096) == b"READY=1"
            relay.terminate()
            assert manager.recv(4096) == b"STOPPING=1"
