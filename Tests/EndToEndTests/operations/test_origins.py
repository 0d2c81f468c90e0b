"""Which pages the real program lets in, however their origins are written, and what is said of those that it does not."""

import http.client
import json
import re
import socket
import subprocess
import time
import urllib.parse

import pytest
from support.relay_program import KEYS, ServingRelay, environment, program
from support.waiting import PATIENCE, until

TOKEN_KEY = "canary-token-key-0123456789abcdef0123456789"


def check(*arguments):
    flags = [flag for origin in arguments for flag in ("--web-allowed-origins", origin)]
    return subprocess.run(
        [program(), "check", *flags], env=environment(**KEYS), capture_output=True, text=True, timeout=PATIENCE, check=False)


def status(relay, origin, token=None, host=None):
    """Of a handshake: 101, or that of the refusal."""
    address = urllib.parse.urlsplit(relay.signaling)
    offered = ["avatar-relay.v1"] + ([f"avatar-relay.token.{token}"] if token else [])
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE)
    connection.request("GET", address.path, headers={
        "Host": host or address.netloc, "Origin": origin, "Connection": "Upgrade", "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol": ", ".join(offered),
    })
    found = connection.getresponse().status
    connection.close()
    return found


def test_origins_are_read_as_people_write_them(own_mock):
    written = {
        "https://shop.example:443": "https://shop.example", "http://Blog.Example:80": "http://blog.example",
        " https://b.example": "https://b.example", "https://münchen.example": "https://xn--mnchen-3ya.example",
        "https://BÜCHER.example:8443": "https://xn--bcher-kva.example:8443", "http://[2001:DB8::0001]": "http://[2001:db8::1]",
        "capacitor://localhost": "capacitor://localhost", "null": "null", "file://": "file://",
    }
    flags = [flag for origin in written for flag in ("--web-allowed-origins", origin)]
    with ServingRelay(own_mock.api, *flags) as relay:
        for sent in written.values():
            assert status(relay, sent) == 101, sent
        for other in ("https://shop.example:444", "http://shop.example", "https://evil.example", "app://localhost"):
            assert status(relay, other) == 403, other
        text = until(relay.log.read_text, lambda text: "the relay serves" in text, "the start")
        log = [json.loads(line) for line in text.splitlines()]
        warned = [line["message"] for line in log if line["level"] == "warning" and "web.allowed-origins" in line["message"]]
        assert len(warned) == 3 and all(name in " ".join(warned) for name in ("capacitor://localhost", "null", "file://"))
    report = check(*written).stdout
    assert "https://xn--mnchen-3ya.example" in report and report.count("\nwarning   web.allowed-origins has ") == 3
    assert "warning   web.allowed-origins" not in check("https://shop.example").stdout


def test_the_environment_may_have_spaces_in_its_list(own_mock):
    listed = "https://a.example, https://b.example:443 ,"
    with ServingRelay(own_mock.api, AVATAR_RELAY_WEB_ALLOWED_ORIGINS=listed) as relay:
        assert [status(relay, f"https://{name}.example") for name in "abc"] == [101, 101, 403]


@pytest.mark.parametrize(("origin", "form"), [
    ("https://shop.example/", "write https://shop.example"), ("https://shop.example/page?x", "write https://shop.example"),
    ("shop.example", "https://host"), ("wss://shop.example", "write https://shop.example"), ("https://*.example", "wildcard"),
    ("https://shop.example:99999", "port"), ("http://127.1", "four"), ("file:///home/page.html", "file://"),
    ("data:text/html,x", "null"), ("https://user@shop.example", "user"), ("ftp://shop.example", "page"),
])
def test_what_no_browser_sends_is_refused_at_the_start(origin, form):
    for command in (["check"], ["serve", "--listen-port", "0"]):
        ended = subprocess.run(
            [program(), *command, "--web-allowed-origins", origin], env=environment(**KEYS), capture_output=True,
            text=True, timeout=PATIENCE, check=False)
        assert ended.returncode == 1 and ended.stderr.count("\n") == 1
        assert f"web.allowed-origins has {origin}" in ended.stderr and form in ended.stderr


def test_the_relays_own_pages_may_connect_where_tokens_are_asked_for(own_mock, tmp_path):
    key = tmp_path / "token.key"
    key.write_text(TOKEN_KEY)
    token = subprocess.run(
        [program(), "token", "--key-file", f"k=hs256:{key}", "--subject", "alice", "--expires-in", "10m", "--origin",
         "https://Relay.example:443"], env=environment(), capture_output=True, text=True, timeout=PATIENCE, check=True).stdout.strip()
    with ServingRelay(own_mock.api, "--access-key-files", f"k=hs256:{key}") as relay:
        # A console by the machine's address, React Native, and a page behind a proxy that ends TLS.
        assert status(relay, "http://192.168.1.5:8080", host="192.168.1.5:8080") == 101
        assert status(relay, "https://relay.example", token, host="relay.example") == 101
        assert status(relay, "http://192.168.1.6:8080", host="192.168.1.5:8080") == 403
        assert status(relay, "https://evil.example", host="relay.example") == 403
    # Without tokens that could be a page which has given its name this machine's address.
    with ServingRelay(own_mock.api) as relay:
        assert status(relay, "http://192.168.1.5:8080", host="192.168.1.5:8080") == 403


def test_a_refused_origin_is_logged_and_counted(own_mock, tmp_path):
    socket_path = tmp_path / "metrics.sock"

    def refusals():
        with socket.socket(socket.AF_UNIX) as metrics:
            metrics.connect(str(socket_path))
            metrics.sendall(b"GET /metrics HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n")
            text = b"".join(iter(lambda: metrics.recv(65536), b"")).decode()
        return int(re.search(r"^avatar_relay_handshakes_refused_total (\d+)$", text, re.MULTILINE)[1])

    with ServingRelay(own_mock.api, "--metrics-listen", f"unix:{socket_path}") as relay:
        assert refusals() == 0
        begun = time.monotonic()
        for _ in range(30):
            assert status(relay, "https://evil.example") == 403
        assert refusals() == 30
        seconds = time.monotonic() - begun
        # One line a second stands for all of them.
        def lines():
            entries = map(json.loads, relay.log.read_text().splitlines())
            return [entry for entry in entries if entry.get("origin") == "https://evil.example"]

        found = until(lines, lambda some: sum(line.get("count", 1) for line in some) == 30, "all of them")
        assert len(found) <= seconds + 3 and all("web.allowed-origins" in line["message"] for line in found)
