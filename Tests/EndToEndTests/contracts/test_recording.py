"""A recorder before a provider, and a replay of what it wrote (docs/mock.md, "Record and replay")."""

import base64
import contextlib
import http.server
import json
import re
import socket
import subprocess
import threading

import pytest
import requests
from contracts.mock_sessions import KEY, answer
from support.mock_program import running_mock
from support.relay_program import program
from support.waiting import PATIENCE

# Each is what a secret, an id, a name or an address looks like where it stands; none may be found in what is written.
CANARIES = {
    "key": "canary7key0a1b2", "basic": "canary7user", "password": "canary7pass", "cookie": "canary7cookie9",
    "query": "canary7query3", "person": "Annabel Canarywright", "mail": "canary7@people.test", "text": "canary7 spoken 44",
    "member": "canary7Member1x", "path": "canary7path8", "ufrag": "cAn7", "pwd": "canary7passwordofice0001",
    "fingerprint": "CA:7A:" + ":".join(["5E"] * 30), "address": "198.18.77.66", "six": "2001:db8:ca7:a::77",
    "host": "canary7.internal.test", "cname": "canary7cname", "turn": "canary7turnpass", "uuid": "ca7a5e00-1234-4abc-8def-0123456789ab",
    "jwt": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnk3In0.Y2FuYXJ5N3NpZ25hdHVyZQ", "number": "77001122334455",
    "path_token": "canary7signed5", "session": "canary7session6", "stream": "strm_canary7stream", "attribute": "canary7attribute2",
}
SDP = "\r\n".join([
    "v=0", f"o={CANARIES['cname']} 77001122334455 1 IN IP4 {CANARIES['address']}", f"s={CANARIES['text']}", "t=0 0",
    f"i={CANARIES['person']}", f"e={CANARIES['mail']}", f"k=clear:{CANARIES['key']}", "a=group:BUNDLE a canary7mid1",
    f"a=fingerprint:sha-256 {CANARIES['fingerprint']}", f"a={CANARIES['attribute']}", f"a=x-canary:{CANARIES['attribute']}",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111", f"c=IN IP6 {CANARIES['six']}", "a=mid:a", f"a=ice-ufrag:{CANARIES['ufrag']}",
    f"a=ice-pwd:{CANARIES['pwd']}", "a=rtpmap:111 opus/48000/2", f"a=fmtp:111 minptime=10;useinbandfec=1;token={CANARIES['key']}",
    f"a=ssrc:77001122 cname:{CANARIES['cname']}", f"a=msid:{CANARIES['cname']} {CANARIES['stream']}",
    f"a=candidate:777 1 udp 2122260223 {CANARIES['host']} 50000 typ host ufrag {CANARIES['ufrag']} network-id 7",
    f"a=candidate:778 1 udp 1 {CANARIES['address']} 50001 typ relay raddr {CANARIES['address']} rport 9",
    f"a=extmap:4 https://{CANARIES['host']}/{CANARIES['path_token']}", "a=setup:actpass", "a=sendrecv", "",
])
URL = f"https://{CANARIES['basic']}:{CANARIES['password']}@{CANARIES['host']}/{CANARIES['path_token']}.jpg?sig={CANARIES['query']}#x"
OWN = [
    value for name, value in CANARIES.items() if name != "person"
] + ["Annabel", "Canarywright", "canary", "77001122", "Y2FuYXJ5", "ca7a5e00", "198.18.77", "canary7mid1"]


class Vendor(http.server.BaseHTTPRequestHandler):
    """Says every canary in its answer, wherever one can stand."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.server.seen.append((self.path, dict(self.headers), self.rfile.read(int(self.headers.get("Content-Length", 0)))))
        body = json.dumps({
            "id": CANARIES["stream"], "session_id": CANARIES["session"], "session_token": CANARIES["key"],
            "offer": {"type": "offer", "sdp": SDP}, "candidate": f"candidate:777 1 udp 1 {CANARIES['address']} 9 typ host",
            "message": f"user {CANARIES['person']} at {CANARIES['mail']} with key {CANARIES['key']} from {CANARIES['address']} "
                       f"called {CANARIES['uuid']} on https://{CANARIES['host']}/{CANARIES['path_token']}: not allowed",
            "details": {f"body.{CANARIES['member']}": {"message": CANARIES["jwt"]}},
            "ice_servers": [{"urls": [f"turn:{CANARIES['host']}:3478?transport=udp"], "username": CANARIES["basic"],
                             "credential": CANARIES["turn"]}],
            "access_token": CANARIES["jwt"], "url": URL, "account": int(CANARIES["number"]), "pin": {"secret": 7700},
            "avatar_name": CANARIES["person"], CANARIES["member"]: CANARIES["text"], "task_id": CANARIES["uuid"],
            "status": CANARIES["session"], "remote": [CANARIES["address"], CANARIES["six"]], "duration": 1.5, "fluent": True,
        }).encode()
        self.send_response(self.server.status)
        for name, value in {
            "Content-Type": f"application/json; boundary={CANARIES['key']}", "Content-Length": str(len(body)),
            "Set-Cookie": f"AWSALB={CANARIES['cookie']}; Path=/", "X-Request-Id": CANARIES["uuid"], "Retry-After": "3",
            "Location": URL, "Connection": "keep-alive", "Access-Control-Allow-Origin": "https://elsewhere.test",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_DELETE = do_POST

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def vendor(status=200):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    server.seen, server.status = [], status
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def written(folder):
    """All samples as one text, names included."""
    files = sorted(folder.glob("*"))
    return "\n".join(file.name + "\n" + file.read_text() for file in files)


def assert_nothing_of_anybody(text):
    for value in OWN:
        assert value.lower() not in text.lower(), f"{value} was written down: {text}"
    assert base64.b64encode(f"{CANARIES['basic']}:{CANARIES['password']}".encode()).decode() not in text


def test_no_canary_is_written(tmp_path):
    folder = tmp_path / "samples"
    basic = base64.b64encode(f"{CANARIES['basic']}:{CANARIES['password']}".encode()).decode()
    body = {
        "source_url": URL, "script": {"type": "text", "input": CANARIES["text"], "provider": {"type": "microsoft", "voice_id": "canary7voice"}},
        "session_id": CANARIES["session"], "answer": {"type": "answer", "sdp": SDP}, "candidate": {"candidate": SDP.split("a=")[-5].strip(), "sdpMid": "canary7mid1"},
        "user_data": {CANARIES["member"]: CANARIES["mail"], "known": [CANARIES["number"]]}, "metadata": CANARIES["jwt"],
        "api_keys": {"elevenlabs": CANARIES["key"]}, CANARIES["member"]: 1,
    }
    with vendor() as (server, url), running_mock("--record-from", url, "--to", str(folder)) as recorder:
        for method, headers in [
            ("POST", {"Authorization": f"Basic {basic}"}), ("POST", {"X-Api-Key": CANARIES["key"]}),
            ("DELETE", {"Authorization": f"Bearer {CANARIES['jwt']}"}),
            ("POST", {"Authorization": f"Client-Key {CANARIES['key']}~{CANARIES['cookie']}", "Cookie": f"a={CANARIES['cookie']}"}),
        ]:
            for target in [f"/talks/streams/{CANARIES['stream']}", f"/agents/{CANARIES['path']}/streams?token={CANARIES['query']}",
                           f"/{CANARIES['path']}/{CANARIES['uuid']}?{CANARIES['query']}={CANARIES['mail']}&flag"]:
                reply = requests.request(
                    method, recorder.api + target, json=body, timeout=PATIENCE,
                    headers=headers | {"X-Playground-Chat": CANARIES["session"], "X-Canary7": CANARIES["key"]})
                # The client has the answer as it was, and can read it from a page.
                assert reply.status_code == 200 and reply.json()["access_token"] == CANARIES["jwt"]
                assert reply.headers["Access-Control-Allow-Origin"] == "*" and "X-Mock-Sample" in reply.headers
        # The provider was asked as the client asked.
        path, headers, sent = server.seen[0]
        assert path == f"/talks/streams/{CANARIES['stream']}" and headers["Authorization"] == f"Basic {basic}" and json.loads(sent) == body
        assert headers["Host"] == url.removeprefix("http://")
    assert len(list(folder.iterdir())) == 12
    text = written(folder)
    assert_nothing_of_anybody(text)
    sample = json.loads((folder / "00001-did.speak-200.json").read_text())
    # A browser and the relay read its descriptions.
    assert re.search(r"a=ice-ufrag:[a-z0-9]{4,}\r\na=ice-pwd:[a-z0-9]{22,}\r\n", sample["body"]["offer"]["sdp"])
    # What a contract is made of is still there.
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", sample["date"]) and sample["source"].startswith("recorded")
    assert sample["request"]["headers"]["authorization"] == "Basic (removed)"
    assert sample["request"]["path"].startswith("/talks/streams/id-")
    assert sample["request"]["path"].split("/")[-1] == sample["body"]["id"]
    assert sample["request"]["body"]["session_id"] == sample["body"]["session_id"]
    assert sample["body"]["offer"]["type"] == "offer" and "a=rtpmap:111 opus/48000/2\r\n" in sample["body"]["offer"]["sdp"]
    assert "minptime=10;useinbandfec=1" in sample["body"]["offer"]["sdp"] and sample["body"]["duration"] == 1.5
    assert sample["headers"]["retry-after"] == "3" and sample["headers"]["content-type"] == "application/json"
    assert sample["body"]["message"].endswith("not allowed") and sample["body"]["fluent"] is True


def converse(url):
    """What a client of either vendor does; the answers, in order."""
    replies = []

    def call(method, path, body=None):
        replies.append(requests.request(method, url + path, json=body, headers=KEY, timeout=PATIENCE))
        return replies[-1].json() if replies[-1].content else None

    for picture in ("https://e.com/a.jpg", "https://e.com/b.jpg"):
        made = call("POST", "/talks/streams", {"source_url": picture, "stream_warmup": True})
        stream, name = f"/talks/streams/{made['id']}", made["session_id"]
        call("POST", f"{stream}/sdp", {"answer": {"type": "answer", "sdp": answer(made["offer"]["sdp"])}, "session_id": name})
        call("POST", f"{stream}/ice", {"candidate": "candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host", "sdpMid": "a", "sdpMLineIndex": 0, "session_id": name})
        call("POST", f"{stream}/ice", {"session_id": name})
        call("POST", stream, {"script": {"type": "text", "input": "Hello, world!"}, "session_id": name})
        call("POST", stream, {"script": {"type": "text", "input": "no"}, "session_id": name})
        call("DELETE", stream, {"session_id": name})
        call("DELETE", stream, {"session_id": name})
    call("POST", "/agents/anna/streams", {})
    data = call("POST", "/v1/streaming.new", {"quality": "high"})["data"]
    session = {"session_id": data["session_id"]}
    call("POST", "/v1/streaming.start", session | {"sdp": {"type": "answer", "sdp": answer(data["sdp"]["sdp"])}})
    call("POST", "/v1/streaming.ice", session | {"candidate": None})
    call("POST", "/v1/streaming.task", session | {"text": "Hello", "task_type": "repeat"})
    call("GET", "/v1/streaming.list")
    call("POST", "/v1/streaming.stop", session)
    call("POST", "/v1/streaming.stop", session)
    call("GET", "/v2/streaming.list?token=")
    call("POST", "/v1/streaming.nwe", {})
    return replies


def shape(value):
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    return [shape(element) for element in value[:1]] if isinstance(value, list) else type(value).__name__


def test_what_was_recorded_is_replayed(tmp_path):
    folder = tmp_path / "samples"
    with running_mock("--media", "none") as upstream:
        with running_mock("--record-from", upstream.api, "--to", str(folder)) as recorder:
            first = converse(recorder.api)
    with running_mock("--replay", str(folder)) as replay:
        second = converse(replay.api)
        assert [reply.status_code for reply in second] == [reply.status_code for reply in first]
        for one, other in zip(first, second):
            assert shape(one.json() if one.content else None) == shape(other.json() if other.content else None), other.url
            assert other.headers["X-Mock-Sample"] == one.headers["X-Mock-Sample"], other.url
        unknown = requests.post(f"{replay.api}/talks/streams/strm_1/nothing", json={}, timeout=PATIENCE)
        assert unknown.status_code == 404 and unknown.json()["error"]["code"] == "notRecorded"
    # Again, by a mock with other ids: the same files, but for nothing.
    again = tmp_path / "again"
    with running_mock("--media", "none", "--seed", "7") as upstream:
        with running_mock("--record-from", upstream.api, "--to", str(again)) as recorder:
            converse(recorder.api)
    times = re.compile(r'"(date|created_at|realtime_endpoint)":("[^"]*"|\d+)')
    assert times.sub("", written(again)) == times.sub("", written(folder))


@pytest.mark.parametrize("contract", ["did-talks", "heygen-v1"])
def test_golden_samples_are_replayed(contract):
    folder = program().parents[2] / "MockProvider/Contracts" / contract / "samples"
    with running_mock("--replay", str(folder)) as replay:
        for file in sorted(folder.glob("*.json")):
            sample = json.loads(file.read_text())
            asked = sample["request"]
            reply = requests.request(asked["method"], replay.api + asked["path"], json=asked.get("body"), headers=KEY, timeout=PATIENCE)
            assert reply.status_code < 600 and "X-Mock-Sample" in reply.headers, file.name


def test_a_provider_that_cannot_be_reached_is_said_so(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with running_mock("--record-from", f"http://127.0.0.1:{closed.getsockname()[1]}", "--to", str(tmp_path / "a")) as recorder:
            reply = requests.post(f"{recorder.api}/talks/streams", json={}, headers=KEY, timeout=PATIENCE)
            assert reply.status_code == 502 and reply.headers["Access-Control-Allow-Origin"] == "*"
            assert reply.json()["error"] == {"code": "unreachable", "message": "the provider gave no answer: unreachable"}
            stranger = requests.post(f"{recorder.api}/talks/streams", headers={"Origin": "https://stranger.test"}, timeout=PATIENCE)
            assert stranger.status_code == 403 and stranger.json()["error"]["code"] == "forbidden"
    assert list((tmp_path / "a").iterdir()) == []


def test_a_sample_that_cannot_be_written_does_no_harm_to_the_client(tmp_path):
    folder = tmp_path / "samples"
    with vendor() as (_, url), running_mock("--record-from", url, "--to", str(folder)) as recorder:
        folder.rmdir()
        reply = requests.post(f"{recorder.api}/talks/streams", json={}, headers=KEY, timeout=PATIENCE)
        assert reply.status_code == 200 and "X-Mock-Sample" not in reply.headers
    assert not folder.exists()


def refusal(*arguments):
    done = subprocess.run([program().parent / "mock-provider", *arguments], capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stderr


def test_folders_are_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full/a.json").write_text('{"status": "x"}')
    url = "http://127.0.0.1:9"
    for arguments, words in [
        (("--record-from", url, "--to", str(tmp_path / "file")), f"--to {tmp_path / 'file'} cannot be made a folder"),
        (("--record-from", url, "--to", "/proc/1/fd"), "--to /proc/1/fd cannot be written"),
        (("--record-from", url, "--to", str(tmp_path / "full")), f"--to {tmp_path / 'full'} holds samples already; each recording has a folder of its own"),
        (("--replay", str(tmp_path / "nothing")), f"--replay {tmp_path / 'nothing'} is no folder that can be read"),
        (("--replay", str(tmp_path / "empty")), f"--replay {tmp_path / 'empty'} holds no samples"),
        (("--replay", str(tmp_path / "full")), f"--replay {tmp_path / 'full/a.json'} is no sample: sample.source: missing"),
    ]:
        assert refusal(*arguments) == (1, f"Error: {words}\n")
    for arguments in [
        ("--record-from", "http://api.d-id.com", "--to", "x"), ("--record-from", "ftp://a", "--to", "x"), ("--to", "x"),
        ("--record-from", url), ("--record-from", url, "--to", "x", "--replay", "y"),
    ]:
        status, words = refusal(*arguments)
        assert status == 64 and words.startswith("Error: ") and words.count("\n") == 1
