"""`avatar-relay check` and the first line of `serve`: all that is wrong, by path and cause, and what was meant."""

import json
import os
import subprocess
import urllib.request

import pytest
from support.relay_program import KEYS, ROOT, RunningRelay, environment, program
from support.tcp_forwarder import certificate
from support.waiting import PATIENCE, until

CONSOLE = str(ROOT / "web")


def run(*arguments, **settings):
    return subprocess.run(
        [program(), *map(str, arguments)], env=environment(**settings), capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )


def problems(*arguments, **settings):
    """What `check` finds, one line each, and in JSON the same."""
    ended = run("check", *arguments, **settings)
    lines = [line.removeprefix("Error: ") for line in ended.stderr.splitlines()]
    assert ended.returncode == (1 if lines else 0) and all(line.startswith("Error: ") for line in ended.stderr.splitlines())
    assert bool(ended.stdout) != bool(lines), "a report, or problems"
    report = run("check", "--json", *arguments, **settings)
    assert (report.returncode, report.stderr) == (ended.returncode, "")
    said = json.loads(report.stdout)
    assert said["valid"] == (not lines) and [problem["message"] for problem in said["problems"]] == lines
    return lines


def test_nothing_is_wrong_with_a_relay_that_can_serve(tmp_path):
    assert problems("--web-root", CONSOLE, "--ledger", tmp_path / "relay.db", **KEYS) == []
    assert os.listdir(tmp_path) == [], "nothing was made"
    said = json.loads(run("check", "--json", "--time-grace-seconds", "1m", **KEYS).stdout)
    assert said["valid"] and said["did"].startswith("https://api.d-id.com, key set")
    assert "time.grace-seconds = 60 (flag)" in said["set"] and "did.key = (secret) (environment)" in said["set"]
    assert "canary" not in json.dumps(said)


def test_everything_that_is_wrong_is_said_at_once(tmp_path):
    found = problems(
        "--ledger", tmp_path / "none/relay.db", "--web-root", tmp_path, "--listen-host", "192.0.2.1", "--access-key-files",
        tmp_path / "key.pem", "--admin-listen", f"unix:{tmp_path}/none/admin.sock",
    )
    wanted = [
        "has neither a console nor a client", "192.0.2.1:8080 cannot be listened on",
        f"the folder {tmp_path}/none cannot be written to: No such file or directory",
        f"access.key-files {tmp_path}/key.pem cannot be read: No such file or directory", "no provider has a key",
    ]
    assert len(found) == len(wanted) and all(words in line for words, line in zip(wanted, found)), found


def test_a_web_root_without_a_console_is_found(tmp_path):
    (tmp_path / "client").mkdir()
    (tmp_path / "client/mine.js").write_text("let mine;")
    [found] = problems("--web-root", tmp_path, **KEYS)
    assert str(tmp_path) in found and "console/index.html" in found
    refused = run("serve", "--listen-port", "0", "--web-root", tmp_path.parent / "nothing", **KEYS)
    assert refused.returncode == 1 and "No such file or directory" in refused.stderr
    (tmp_path / "empty").mkdir()
    refused = run("serve", "--listen-port", "0", "--web-root", tmp_path / "empty", **KEYS)
    assert refused.returncode == 1 and str(tmp_path / "empty") in refused.stderr


def test_a_web_root_may_be_a_link(tmp_path, own_mock):
    (tmp_path / "current").symlink_to(CONSOLE)
    assert problems("--web-root", tmp_path / "current", **KEYS) == []
    with RunningRelay(
        "serve", "--listen-port", "0", "--heygen-url", own_mock.api, "--web-root", str(tmp_path / "current"), **KEYS
    ) as relay, urllib.request.build_opener(urllib.request.ProxyHandler({})).open(relay.url, timeout=PATIENCE) as page:
        assert page.status == 200 and b"<html" in page.read()


def test_no_provider_is_found():
    [found] = problems()
    assert "did.key-file" in found and "heygen.key-file" in found


def test_the_ledger_is_looked_at_and_not_taken(tmp_path, own_mock):
    ledger = tmp_path / "relay.db"
    with RunningRelay("serve", "--listen-port", "0", "--heygen-url", own_mock.api, "--ledger", str(ledger), **KEYS):
        assert problems("--ledger", ledger, **KEYS) == [], "a relay that runs with it is no obstacle"
    assert problems("--ledger", ledger, **KEYS) == []
    for name, content, cause in [("text", b"hello " * 50, "no database"), ("short", b"SQLite", "no database"),
                                 ("other", other_database(tmp_path), "another program")]:
        (tmp_path / name).write_bytes(content)
        [found] = problems("--ledger", tmp_path / name, **KEYS)
        assert str(tmp_path / name) in found and cause in found
        assert cause.split()[-1] in run("serve", "--ledger", tmp_path / name, **KEYS).stderr
    (tmp_path / "link").symlink_to(ledger)
    [found] = problems("--ledger", tmp_path / "link", **KEYS)
    assert "is a link" in found
    [found] = problems("--ledger", "redis://127.0.0.1:1/0", **KEYS)
    assert "redis://127.0.0.1:1" in found


def other_database(folder):
    path = folder / "foreign.db"
    subprocess.run(["python3", "-c", (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('PRAGMA application_id = 7'); "
        "db.execute('CREATE TABLE t (a)'); db.commit()"), path], check=True)
    return path.read_bytes()


@pytest.mark.parametrize("setting", ["did.key-file", "heygen.key-file", "ledger.password-file", "upstream.ca-file", "access.jwks-file"])
@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_errors_about_files_name_path_and_cause(tmp_path, setting, kind):
    path = tmp_path if kind == "folder" else tmp_path / "missing"
    cause = "Is a directory" if kind == "folder" else "No such file or directory"
    keys = {name: value for name, value in KEYS.items() if setting.split(".")[0].upper() not in name}
    for command in (["check"], ["serve", "--listen-port", "0"]):
        ended = run(*command, f"--{setting.replace('.', '-')}", path, **keys)
        assert ended.returncode == 1 and f"Error: {setting} {path} cannot be read: {cause}\n" == ended.stderr


def test_the_other_files_are_named_too(tmp_path):
    missing = tmp_path / "missing"
    for arguments, setting in [
        (["check", "--admin-listen", "127.0.0.1:0", "--admin-key-file", missing], "admin.key-file"),
        (["check", "--metrics-listen", "0.0.0.0:0", "--metrics-key-file", missing], "metrics.key-file"),
        (["check", "--config", missing], "the configuration file"),
        (["token", "--key-file", missing, "--subject", "a"], "--key-file"),
        (["sessions", "--admin-listen", "127.0.0.1:1", "--admin-key-file", missing], "admin.key-file"),
    ]:
        ended = run(*arguments, **KEYS)
        assert ended.returncode == 1 and f"{setting} {missing} cannot be read: No such file or directory" in ended.stderr
    broken = tmp_path / "relay.json"
    broken.write_text("{")
    assert f"the configuration file {broken} is not JSON" in run("check", "--config", broken).stderr


def test_certificates_are_refused_by_path_and_cause(tmp_path):
    pem, key = certificate(tmp_path, "one")
    other_pem, other_key = certificate(tmp_path, "other")
    text = tmp_path / "text.pem"
    text.write_text("no PEM")
    for files, words in [
        ((pem, other_key), f"the key in {other_key} does not belong to the certificate in {pem}"),
        ((other_pem, key), f"the key in {key} does not belong to the certificate in {other_pem}"),
        ((tmp_path / "missing", key), f"{tmp_path}/missing cannot be read: No such file or directory"),
        ((pem, tmp_path), f"{tmp_path} cannot be read: Is a directory"),
        ((text, key), f"{text} holds no PEM certificate"), ((pem, text), f"{text} holds no PEM key"),
    ]:
        flags = ["--listen-certificate", files[0], "--listen-certificate-key", files[1]]
        [found] = problems(*flags, **KEYS)
        assert "listen.certificate" in found and words in found
        assert words in run("serve", "--listen-port", "0", *flags, **KEYS).stderr


@pytest.mark.parametrize(("arguments", "words"), [
    (["--port", "80"], "--listen-port"), (["--listen-prot", "80"], "--listen-port"), (["--ledgr", "none"], "--ledger"),
    (["--did-key", "canary"], "AVATAR_RELAY_DID_KEY"), (["--did-key=canary"], "--did-key-file"),
])
def test_flags_that_do_not_exist_get_a_hint(arguments, words):
    for command in ("serve", "check"):
        ended = run(command, *arguments)
        assert ended.returncode == 64 and ended.stdout == "" and ended.stderr.count("\n") == 1
        assert words in ended.stderr and "canary" not in ended.stderr


def test_what_kubernetes_and_docker_set_is_ignored_with_a_notice(own_mock):
    injected = {
        "AVATAR_RELAY_PORT": "tcp://10.96.12.3:8080", "AVATAR_RELAY_SERVICE_HOST": "10.96.12.3",
        "AVATAR_RELAY_SERVICE_PORT": "8080", "AVATAR_RELAY_SERVICE_PORT_HTTP": "8080",
        "AVATAR_RELAY_PORT_8080_TCP": "tcp://10.96.12.3:8080", "AVATAR_RELAY_PORT_8080_TCP_ADDR": "10.96.12.3",
        "AVATAR_RELAY_PORT_8080_TCP_PORT": "8080", "AVATAR_RELAY_PORT_8080_TCP_PROTO": "tcp",
        "AVATAR_RELAY_NAME": "/web/avatar-relay", "AVATAR_RELAY_ENV_PATH": "/bin",
        # A service that is called avatar-relay-listen.
        "AVATAR_RELAY_LISTEN_PORT": "tcp://10.96.12.4:80",
    }
    ended = run("check", **KEYS, **injected)
    assert ended.returncode == 0
    assert {line.split()[1] for line in ended.stdout.splitlines() if line.startswith("ignored")} == injected.keys()
    with RunningRelay("serve", "--listen-port", "0", "--heygen-url", own_mock.api, **KEYS, **injected) as relay:
        text = until(relay.log.read_text, lambda text: "Kubernetes" in text, "the notice")
        [notice] = [line for line in map(json.loads, text.splitlines()) if "Kubernetes" in line["message"]]
        assert notice["level"] == "notice" and set(notice["variables"].split()) == injected.keys()
    refused = run("check", AVATAR_RELAY_PORT="8080", **KEYS)
    assert refused.returncode == 1 and "AVATAR_RELAY_LISTEN_PORT" in refused.stderr


@pytest.mark.parametrize("command", ["serve", "dev", "check"])
def test_the_help_says_that_there_are_units(command):
    assert "5m or 1h30m" in run(command, "--help").stdout


def test_times_and_sizes_take_units_everywhere(tmp_path):
    file = tmp_path / "relay.json"
    file.write_text('{"time": {"grace-seconds": "5m", "drain-seconds": 7}, "ledger-lease-seconds": "20s"}')
    ended = run(
        "check", "--config", file, "--limits-message-bytes", "64KiB", "--did-idle-seconds=1m30s",
        AVATAR_RELAY_LIMITS_TOTAL_SECONDS_PER_DAY="8h", AVATAR_RELAY_LIMITS_QUEUED_BYTES="2MiB", **KEYS)
    assert ended.returncode == 0, ended.stderr
    given = {line.split()[1]: line.split()[3:] for line in ended.stdout.splitlines() if line.startswith("set ")}
    assert given.items() >= {
        "time.grace-seconds": ["300", "(file)"], "time.drain-seconds": ["7", "(file)"],
        "ledger.lease-seconds": ["20", "(file)"], "limits.message-bytes": ["65536", "(flag)"],
        "did.idle-seconds": ["90", "(flag)"], "limits.total-seconds-per-day": ["28800", "(environment)"],
        "limits.queued-bytes": ["2097152", "(environment)"],
    }.items()
    file.write_text('{"time": {"grace-seconds": "500ms"}}')
    for arguments, settings in [(["--config", file], {}), ([], {"AVATAR_RELAY_TIME_GRACE_SECONDS": "500ms"})]:
        refused = run("check", *arguments, **settings)
        assert refused.returncode == 1 and "time.grace-seconds" in refused.stderr and "1h30m" in refused.stderr
    assert "1h30m" in run("check", "--time-grace-seconds", "500ms").stderr
