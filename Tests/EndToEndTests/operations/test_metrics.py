"""The numbers of the real program, as Prometheus reads them: both formats, every series from the start, another address."""

import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open_metrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from support.relay_program import ROOT, ServingRelay, program
from support.secret_watch import WATCH
from support.signaling_peer import signaling_peer
from support.tcp_forwarder import certificate
from support.waiting import PATIENCE, until

METRICS_KEY = "canary-metrics-key-0123456789abcdef0123456789"
ADMIN_KEY = "canary-admin-key-0123456789abcdef0123456789"
# What Prometheus 2 and 3 send.
PROMETHEUS = "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"


def ask(url, path="/metrics", key=None, method="GET", context=None, **headers):
    """Status, content type and text."""
    request = urllib.request.Request(url + path, method=method, headers=headers)
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    handlers = [urllib.request.ProxyHandler({})] + ([urllib.request.HTTPSHandler(context=context)] if context else [])
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=PATIENCE) as reply:
            return reply.status, reply.headers["Content-Type"], reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()


@pytest.fixture
def key_files(tmp_path):
    for name, key in (("metrics", METRICS_KEY), ("admin", ADMIN_KEY)):
        WATCH.add(key)
        (tmp_path / name).write_text(key + "\n")
    return {name: str(tmp_path / name) for name in ("metrics", "admin")}


@pytest.fixture
def metered(own_mock, key_files):
    """A relay whose numbers may be asked for at an address of their own."""
    flags = ["--metrics-listen", "127.0.0.1:0", "--metrics-key-file", key_files["metrics"]]
    with ServingRelay(own_mock.api, *flags, "--limits-total-seconds-per-day", "1h") as relay:
        yield relay


def families(text, read):
    """By name: type and samples, each by its labels."""
    found = {}
    for family in read(text):
        assert family.name not in found, "each family comes once"
        found[family.name] = family
    return found


def test_both_formats_have_the_same_series(metered):
    _, kind, text = ask(metered.ready["metrics"], key=METRICS_KEY)
    assert kind == "text/plain; version=0.0.4; charset=utf-8"
    status, kind, open_text = ask(metered.ready["metrics"], key=METRICS_KEY, Accept=PROMETHEUS)
    assert (status, kind) == (200, "application/openmetrics-text; version=1.0.0; charset=utf-8")
    assert open_text.endswith("\n# EOF\n") and "# EOF" not in text
    plain, opened = families(text, read_text), families(open_text, read_open_metrics)

    def series(found):
        return {(sample.name, tuple(sorted(sample.labels.items()))) for family in found.values() for sample in family.samples}

    assert series(plain) == series(opened)
    assert len(series(plain)) == len([line for line in text.splitlines() if not line.startswith("#")])
    # A counter's family has no _total in OpenMetrics, and nothing else may have the name that is left.
    assert opened["avatar_relay_talks"].type == "counter" and opened["avatar_relay_build"].type == "info"
    assert opened["avatar_relay_provider_call_seconds"].type == "histogram"
    for family in opened.values():
        assert not re.search("_(total|count|sum|bucket|created|info)$", family.name), family.name
        assert family.documentation


@pytest.mark.parametrize(("accept", "is_open"), [
    ("application/openmetrics-text", True), ("text/plain", False), ("*/*", False),
    ("text/plain;q=0.9, application/openmetrics-text;q=0.1", False), ("application/openmetrics-text;q=0", False),
])
def test_the_format_is_the_one_that_is_asked_for(metered, accept, is_open):
    assert ask(metered.ready["metrics"], key=METRICS_KEY, Accept=accept)[2].endswith("# EOF\n") == is_open


def test_every_series_is_there_from_the_start(metered):
    found = families(ask(metered.ready["metrics"], key=METRICS_KEY)[2], read_text)

    def labels(name, *keys):
        return {tuple(sample.labels[key] for key in keys) for sample in found[name].samples}

    providers = {"did", "heygen"}
    assert {one for one, _ in labels("avatar_relay_sessions", "provider", "state")} == providers
    assert len(labels("avatar_relay_sessions", "provider", "state")) == 2 * 6
    document = (ROOT / "docs/protocol.md").read_text()
    reasons = labels("avatar_relay_sessions_ended", "reason")
    assert {("client",), ("idle",), ("operator",), ("openFailed",)} <= reasons
    kinds = labels("avatar_relay_errors", "kind")
    assert {("talk.limit",), ("session.closed",), ("provider.insufficientCredits",)} <= kinds
    assert all(f"`{kind}`" in document for kind, in kinds) and len(kinds) > 25
    assert {("sessions",), ("talksPerMinute",)} <= labels("avatar_relay_refusals", "limit")
    failures = labels("avatar_relay_provider_failures", "provider", "kind")
    assert {(provider, kind) for provider in providers for kind in ("unauthorized", "insufficientCredits")} <= failures
    calls = {"open", "describe", "candidate", "speak", "interrupt", "extend", "close", "list", "other"}
    histogram = [sample for sample in found["avatar_relay_provider_call_seconds"].samples if sample.name.endswith("_count")]
    assert {(sample.labels["provider"], sample.labels["call"]) for sample in histogram} >= {
        (provider, call) for provider in providers for call in calls}
    assert all(sample.value == 0 for sample in histogram)
    # Nobody is connected, so nothing was measured.
    quantiles = {sample.labels["quantile"]: sample.value for sample in found["avatar_relay_round_trip_seconds"].samples}
    assert quantiles.keys() == {"0.5", "0.99", "1.0"} and all(value != value for value in quantiles.values())


def test_calls_are_timed_by_provider_and_call(metered, own_mock):
    with signaling_peer(metered.signaling) as peer:
        own_mock.fault("heygen.new", delayMs=300)
        peer.ask("session.close", session=peer.ask("session.open", provider="heygen")["session"])
        found = families(ask(metered.ready["metrics"], key=METRICS_KEY, Accept=PROMETHEUS)[2], read_open_metrics)
        times = found["avatar_relay_provider_call_seconds"].samples
        values = {
            (sample.name.rsplit("_", 1)[1], sample.labels["call"], sample.labels.get("le")): sample.value
            for sample in times if sample.labels["provider"] == "heygen"}
        assert values["bucket", "open", "0.25"] == 0 and values["bucket", "open", "+Inf"] == 1 == values["count", "open", None]
        assert 0.3 <= values["sum", "open", None] < PATIENCE and values["count", "close", None] == 1
        assert values["count", "speak", None] == 0


def test_the_process_and_the_build_are_told(metered):
    found = families(ask(metered.ready["metrics"], key=METRICS_KEY)[2], read_text)

    def value(name):
        [sample] = found[name].samples
        return sample.value

    process = metered.process.pid
    assert abs(value("process_start_time_seconds") - time.time()) < 600
    statm = [int(word) for word in open(f"/proc/{process}/statm").read().split()]
    assert value("process_resident_memory_bytes") == pytest.approx(statm[1] * 4096, rel=0.3)
    assert value("process_virtual_memory_bytes") == pytest.approx(statm[0] * 4096, rel=0.3)
    assert 0 < value("process_cpu_seconds") < 600
    assert 5 < value("process_open_fds") < value("process_max_fds")
    version = subprocess.run([program(), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    [build] = found["avatar_relay_build_info"].samples
    assert (build.labels, build.value) == ({"version": version}, 1)
    with signaling_peer(metered.signaling):
        found = families(ask(metered.ready["metrics"], key=METRICS_KEY)[2], read_text)
        assert value("avatar_relay_connections") == 1 == value("avatar_relay_connections_opened")


def test_the_numbers_have_an_address_and_a_key_of_their_own(own_mock, key_files):
    flags = [
        "--metrics-listen", "0.0.0.0:0", "--metrics-key-file", key_files["metrics"], "--admin-listen", "127.0.0.1:0",
        "--admin-key-file", key_files["admin"],
    ]
    with ServingRelay(own_mock.api, *flags) as relay:
        metrics, admin = relay.ready["metrics"], relay.ready["admin"]
        assert metrics.startswith("http://0.0.0.0:") and metrics != admin
        assert ask(metrics)[0] == 401 and ask(metrics, key=ADMIN_KEY)[0] == 401 and ask(admin, key=METRICS_KEY)[0] == 401
        assert ask(metrics, key=METRICS_KEY)[0] == 200 and ask(admin, key=ADMIN_KEY)[0] == 200
        # By another name of the machine's, as a Prometheus elsewhere asks; but no page.
        assert ask(metrics, key=METRICS_KEY, Host="relay-1.example:9464")[0] == 200
        assert ask(metrics, key=METRICS_KEY, Origin="http://localhost")[0] == 403
        # Nothing else is there.
        for method, path in [("GET", "/sessions"), ("DELETE", "/sessions"), ("GET", "/admission"), ("POST", "/admission"),
                             ("GET", "/healthz"), ("GET", "/console/")]:
            assert ask(metrics, path, METRICS_KEY, method)[0] == 404, path
        assert ask(metrics, key=METRICS_KEY, method="POST")[0] == 405
        until(relay.log.read_text, lambda log: "the key of metrics.listen crosses the network in the clear" in log, "the warning")


def test_a_unix_socket_needs_no_key(own_mock, tmp_path):
    path = tmp_path / "metrics.sock"
    with ServingRelay(own_mock.api, "--metrics-listen", f"unix:{path}") as relay:
        assert relay.ready["metrics"] == f"unix:{path}" and path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()


def test_elsewhere_they_are_served_with_the_relays_certificate(own_mock, key_files, tmp_path):
    certificate(tmp_path, "authority")
    first, second = (certificate(tmp_path, name, "authority") for name in ("first", "second"))
    pem, key = (str(shutil.copy(path, tmp_path / f"served{path.suffix}")) for path in first)
    flags = [
        "--listen-certificate", pem, "--listen-certificate-key", key, "--metrics-listen", "0.0.0.0:0",
        "--metrics-key-file", key_files["metrics"],
    ]
    with ServingRelay(own_mock.api, *flags) as relay:
        url = relay.ready["metrics"]
        assert url.startswith("https://0.0.0.0:")
        trust = ssl.create_default_context(cafile=tmp_path / "authority.pem")
        local = url.replace("0.0.0.0", "localhost")
        assert ask(local, key=METRICS_KEY, context=trust)[0] == 200
        until(lambda: records(relay, "the relay serves"), bool, "the start")
        assert "in the clear" not in relay.log.read_text()

        def served():
            address = urllib.parse.urlsplit(local)
            with socket.create_connection((address.hostname, address.port)) as plain:
                with trust.wrap_socket(plain, server_hostname="localhost") as secure:
                    return dict(pair for part in secure.getpeercert()["subject"] for pair in part)["commonName"]

        assert served() == "first"
        for path, place in zip(second, (pem, key)):
            shutil.copy(path, place)
        relay.process.send_signal(signal.SIGHUP)
        until(lambda: records(relay, "certificate reloaded"), bool, "the reload")
        assert served() == "second"


# The log


def records(relay, message=None):
    """All of the log, or those that say something."""
    said = [json.loads(line) for line in relay.log.read_text().splitlines()]
    return [record for record in said if message in (None, record["message"])]


def test_the_start_is_logged_with_what_is_served(own_mock):
    version = subprocess.run([program(), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    with ServingRelay(own_mock.api) as relay:
        [line] = until(lambda: records(relay, "the relay serves"), bool, "the line")
        assert line["version"] == version and line["address"] == relay.url and line["level"] == "notice"
        assert line["providers"] == "did heygen" and line["ledger"].startswith("none") and line["tokens"] == "none"


def test_the_end_of_a_session_is_logged_with_numbers(own_mock):
    with ServingRelay(own_mock.api) as relay:
        with signaling_peer(relay.signaling) as peer:
            session = peer.ask("session.open", provider="heygen")["session"]
            own_mock.fault("heygen.stop", delayMs=300)
            peer.ask("session.close", session=session)
            own_mock.fault("heygen.new", status=401, body={"message": "Unauthorized"})
            peer.refusal("session.open", provider="heygen")
        one, other = until(lambda: records(relay, "session is over"), lambda ends: len(ends) == 2, "both ends")
        assert (one["session"], one["reason"], one["subject"], one["talks"]) == (session, "client", "127.0.0.1", 0)
        assert isinstance(one["durationMs"], int) and 300 <= one["durationMs"] < 1000 * PATIENCE
        assert isinstance(one["seconds"], (int, float)) and one["durationMs"] / 1000 <= one["seconds"] < PATIENCE
        assert (other["reason"], other["durationMs"]) == ("openFailed", 0)
        assert all(isinstance(line["talks"], int) for line in records(relay) if "talks" in line), "one type in all lines"


@pytest.mark.parametrize(("provider", "call", "status", "body", "failure"), [
    ("heygen", "heygen.new", 401, {"code": 400112, "message": "Unauthorized"}, "unauthorized"),
    ("did", "did.create", 401, {"kind": "AuthorizationError", "description": "user unauthenticated"}, "unauthorized"),
    ("did", "did.create", 402, {"kind": "InsufficientCreditsError", "description": "not enough credits"}, "insufficientCredits"),
])
def test_what_only_the_operator_can_mend_is_an_error(own_mock, provider, call, status, body, failure):
    with ServingRelay(own_mock.api) as relay, signaling_peer(relay.signaling) as peer:
        own_mock.fault(call, status=status, body=body)
        peer.refusal("session.open", provider=provider)
        own_mock.fault(call, status=400, body={"kind": "ValidationError", "description": "no", "code": 400175, "message": "no"})
        peer.refusal("session.open", provider=provider)
        until(lambda: records(relay), lambda all: sum("failure" in line for line in all) == 2, "both lines")
        told, usual = [line for line in records(relay) if "failure" in line]
        assert (told["failure"], told["level"], told["provider"]) == (failure, "error", provider)
        assert usual["level"] == "notice"
