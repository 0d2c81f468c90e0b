"""What the relay serves over plain HTTP to pages: compressed files, and why a connection cannot be made."""

import gzip
import hashlib
import http.client
import json
import re
import socket
from urllib.parse import urlsplit

import pytest
from support.relay_program import ServingRelay
from support.session_page import SessionPage
from support.waiting import until


def ask(relay, path, **headers):
    """The response and its body."""
    connection = http.client.HTTPConnection(urlsplit(relay.url or relay.signaling).netloc)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_files_are_compressed_for_those_who_take_it(relay):
    plain, whole = ask(relay, "/client/avatar-relay.js")
    assert plain.getheader("Content-Encoding") is None and plain.getheader("Vary") == "Accept-Encoding"
    zipped, body = ask(relay, "/client/avatar-relay.js", Accept_Encoding="deflate, gzip")
    assert zipped.getheader("Content-Encoding") == "gzip" and gzip.decompress(body) == whole
    brotli, small = ask(relay, "/client/avatar-relay.js", Accept_Encoding="gzip, deflate, br, zstd")
    assert brotli.getheader("Content-Encoding") == "br" and len(small) <= 14_336 and len(small) < len(body) <= 16_384
    assert brotli.getheader("Content-Type") == "text/javascript; charset=utf-8"
    tags = {response.getheader("ETag") for response in (plain, zipped, brotli)}
    assert len(tags) == 3, "each representation has a tag of its own"
    again, nothing = ask(relay, "/client/avatar-relay.js", Accept_Encoding="br", If_None_Match=brotli.getheader("ETag"))
    assert again.status == 304 and nothing == b""
    refused, body = ask(relay, "/client/avatar-relay.js", Accept_Encoding="br;q=0, gzip;q=0")
    assert refused.getheader("Content-Encoding") is None and body == whole


def test_a_refused_origin_is_counted_and_logged(own_mock, tmp_path):
    admin = tmp_path / "admin"
    with ServingRelay(own_mock.api, "--admin-listen", f"unix:{admin}") as serving:
        handshake = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13",
                     "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec_WebSocket_Protocol": "avatar-relay.v1"}
        refused, _ = ask(serving, "/v1/signaling", Origin="https://elsewhere.example", **handshake)
        assert refused.status == 403
        with socket.socket(socket.AF_UNIX) as operator:
            operator.connect(str(admin))
            operator.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            numbers = b"".join(iter(lambda: operator.recv(65536), b"")).decode()
        assert re.search(r"^avatar_relay_handshakes_refused_total\S* 1$", numbers, re.MULTILINE)
        until(serving.log.read_text, lambda log: "https://elsewhere.example" in log, "the line in the log")


@pytest.mark.parametrize("plain", ["avatar-relay.js", "avatar-relay.global.js"])
def test_a_name_with_the_digest_may_be_kept_for_ever(relay, plain):
    _, names = ask(relay, "/client/names.json")
    name = json.loads(names)[plain]
    kept, body = ask(relay, f"/client/{name}")
    assert kept.getheader("Cache-Control") == "public, max-age=31536000, immutable"
    assert f"-{hashlib.sha256(body).hexdigest()[:16]}." in name
    usual, same = ask(relay, f"/client/{plain}")
    assert same == body and usual.getheader("Cache-Control") == "no-cache"


def test_a_name_that_only_looks_like_a_digest_is_not_believed(tmp_path, own_mock):
    (tmp_path / "client").mkdir()
    (tmp_path / "client" / "mine-0123456789abcdef.js").write_text("let mine;")
    with ServingRelay(own_mock.api, "--web-root", str(tmp_path)) as serving:
        found, _ = ask(serving, "/client/mine-0123456789abcdef.js")
        assert found.status == 200 and found.getheader("Cache-Control") == "no-cache"


def test_the_source_map_is_served(relay):
    found, body = ask(relay, "/client/avatar-relay.js.map")
    assert found.status == 200 and found.getheader("Content-Type") == "application/json" and b"sourcesContent" in body


@pytest.mark.parametrize(
    "path, origin, status",
    [
        ("/v1/signaling", "http://localhost:3000", 426),
        ("/v1/origin", "http://localhost:3000", 200),
        ("/v1/origin", "https://elsewhere.example", 403),
        ("/v1/elsewhere", "http://localhost:3000", 404),
    ],
)
def test_a_plain_request_says_whether_a_page_may_connect(relay, path, origin, status):
    response, _ = ask(relay, path, Origin=origin)
    assert response.status == status
    assert response.getheader("Access-Control-Allow-Origin") == "*"


@pytest.mark.parametrize(
    "path, words", [("/v1/elsewhere", "has nothing at /v1/elsewhere"), (":9/v1/signaling", "Nothing answers at")]
)
def test_a_page_is_told_why_it_cannot_connect(browser, relay, path, words):
    page = SessionPage(browser.new_page(), relay.url.removesuffix("/console/"))
    url = f"ws://127.0.0.1{path}" if path.startswith(":") else path
    page.begin(url=url)
    page.page.wait_for_function("started !== 'no'")
    started = page.page.evaluate("started")
    assert started.startswith("client.connectFailed") and words in started
    page.page.close()
