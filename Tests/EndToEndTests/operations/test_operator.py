"""The operator's hand on the real program: `avatar-relay sessions`, the admin listener, its numbers, and no secrets."""

import json
import os
import re
import stat
import subprocess
import urllib.error
import urllib.request

import pytest
from support.relay_program import ROOT, ServingRelay, environment, program
from support.secret_watch import WATCH
from support.signaling_peer import signaling_peer
from support.waiting import PATIENCE

ADMIN_KEY = "canary-admin-key-0123456789abcdef0123456789"
DID_KEY = "canary-did-user:canary-did-password"
HEYGEN_KEY = "canary-heygen-5a11"
TOKEN_KEY = "canary-token-key-0123456789abcdef0123456789"


def sessions(*arguments, **settings):
    """Runs `avatar-relay sessions`; returns status, output and complaint."""
    ended = subprocess.run(
        [program(), "sessions", *arguments], env=environment(**settings), capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )
    WATCH.look("avatar-relay sessions", ended.stdout + ended.stderr)
    return ended.returncode, ended.stdout, ended.stderr


def get(url, path, key=None, method="GET", **headers):
    request = urllib.request.Request(url + path, method=method, headers=headers)
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=PATIENCE) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture
def watched_mock(own_mock):
    """What the journal keeps for tests to look at holds no key either."""
    yield own_mock
    WATCH.look("the mock's journal", json.dumps(own_mock.get("requests")))


def serving(mock, *arguments, **settings):
    keys = {"AVATAR_RELAY_DID_KEY": DID_KEY, "AVATAR_RELAY_HEYGEN_KEY": HEYGEN_KEY}
    return ServingRelay(mock.api, *arguments, **(keys | settings))


def test_sessions_are_listed_and_ended_over_a_unix_socket(watched_mock, tmp_path):
    path = tmp_path / "admin.sock"
    where = ["--admin-listen", f"unix:{path}"]
    with serving(watched_mock, *where) as relay, signaling_peer(relay.signaling) as peer:
        assert relay.ready["admin"] == f"unix:{path}"
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        one, two = (peer.ask("session.open", provider=name)["session"] for name in ("did", "heygen"))
        status, text, _ = sessions(*where)
        assert status == 0 and text.splitlines()[0].split()[:2] == ["SESSION", "PROVIDER"]
        assert one in text and two in text
        listed = json.loads(sessions("list", "--json", AVATAR_RELAY_ADMIN_LISTEN=f"unix:{path}")[1])
        assert [row["session"] for row in listed["sessions"]] == [one, two]
        assert sessions("end", one, *where)[:2] == (0, "1 session ended\n")
        ended = peer.wait_for("session.closed", session=one)
        assert (ended["reason"], ended["action"]) == ("operator", "stop")
        assert sessions("end", one, *where)[0] == 1
        status, text, _ = sessions("end", "--all", *where)
        assert status == 0 and text.startswith("1 session ended")
        peer.wait_for("session.closed", session=two)
        assert peer.refusal("session.open", provider="did")["data"]["kind"] == "server.paused"
        assert "admit" in sessions(*where)[1]
        assert sessions("admit", *where)[0] == 0
        third = peer.ask("session.open", provider="did")["session"]
        assert sessions("pause", *where)[0] == 0
        assert peer.refusal("session.open", provider="did")["data"]["kind"] == "server.paused"
        peer.ask("session.close", session=third)
    assert not path.exists()
    status, _, words = sessions(*where)
    assert status == 1 and "no relay answers" in words and words.count("\n") == 1


def test_a_port_needs_the_key_and_refuses_pages(watched_mock, tmp_path):
    key = tmp_path / "admin.key"
    key.write_text(ADMIN_KEY + "\n")
    WATCH.add(ADMIN_KEY)
    with serving(watched_mock, "--admin-listen", "127.0.0.1:0", "--admin-key-file", str(key)) as relay:
        url = relay.ready["admin"]
        assert get(url, "/sessions")[0] == 401
        assert get(url, "/sessions", "wrong")[0] == 401
        assert get(url, "/sessions", ADMIN_KEY)[0] == 200
        assert get(url, "/sessions", ADMIN_KEY, Origin="http://localhost:8080")[0] == 403
        assert get(url, "/sessions", ADMIN_KEY, Host="evil.example")[0] == 421
        where = ["--admin-listen", url.removeprefix("http://"), "--admin-key-file", str(key)]
        assert sessions(*where)[0] == 0
        other = tmp_path / "other.key"
        other.write_text("another-key-0123456789abcdef0123456789")
        status, _, words = sessions(*where[:3], str(other))
        assert status == 1 and "another key" in words
        assert sessions("end", *where)[0] == 64
        assert sessions("end", "../x", *where)[0] == 1
    for arguments in (["--admin-listen", "127.0.0.1:0"], ["--admin-listen", "0.0.0.0:0", "--admin-key-file", str(key)]):
        ended = subprocess.run(
            [program(), "check", *arguments], env=environment(), capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert ended.returncode == 1 and "admin.listen" in ended.stderr


def test_the_documented_numbers_are_the_programs(watched_mock, tmp_path):
    rows = set(re.findall(r"^\| `((?:avatar_relay|process)_\w+)` \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE))
    key = tmp_path / "admin.key"
    key.write_text(ADMIN_KEY)
    with serving(watched_mock, "--admin-listen", "127.0.0.1:0", "--admin-key-file", str(key)) as relay:
        status, text = get(relay.ready["admin"], "/metrics", ADMIN_KEY)
        assert status == 200
        assert set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE)) == rows
        assert "avatar_relay_connections 0" in text.splitlines()
    histograms = re.findall(r"^# TYPE (\w+) histogram$", text, re.MULTILINE)
    series = rows - set(histograms) | {f"{name}_{part}" for name in histograms for part in ("bucket", "sum", "count")}
    for file in ("grafana-dashboard.json", "alerts.yml"):
        named = set(re.findall(r"(?:avatar_relay|process)_\w+", (ROOT / "docs/operations" / file).read_text()))
        assert named and named <= series, named - series


def test_a_slow_provider_is_told_from_a_slow_relay(watched_mock, tmp_path):
    key = tmp_path / "admin.key"
    key.write_text(ADMIN_KEY)
    with serving(watched_mock, "--admin-listen", "127.0.0.1:0", "--admin-key-file", str(key)) as relay:
        watched_mock.fault("heygen.new", delayMs=300)
        with signaling_peer(relay.signaling) as peer:
            opened = peer.ask("session.open", provider="heygen")
            assert 300 <= opened["providerMs"] < 1000 * PATIENCE
            assert "providerMs" not in peer.ask("session.close", session=opened["session"])
        lines = get(relay.ready["admin"], "/metrics", ADMIN_KEY)[1].splitlines()
        name, labels = "avatar_relay_provider_call_seconds", 'provider="heygen",call="open"'
        buckets = [line for line in lines if line.startswith(f"{name}_bucket{{{labels},")]
        counts = [int(line.split()[-1]) for line in buckets]
        assert counts == sorted(counts) and counts[0] == 0 and counts[-1] == 1 and '+Inf' in buckets[-1]
        assert f"{name}_count{{{labels}}} 1" in lines
        total = next(line for line in lines if line.startswith(f"{name}_sum{{{labels}}}"))
        assert opened["providerMs"] == pytest.approx(float(total.split()[-1]) * 1000, abs=1)


def test_a_broad_conversation_shows_no_secret(watched_mock, tmp_path):
    """Provider errors that quote the key, refused tokens, malformed messages: nothing of it is seen anywhere."""
    files = {"admin": ADMIN_KEY, "token": TOKEN_KEY}
    for name, text in files.items():
        WATCH.add(text)
        (tmp_path / name).write_text(text)
    made = subprocess.run(
        [program(), "token", "--key-file", f"k=hs256:{tmp_path / 'token'}", "--subject", "alice"], env=environment(),
        capture_output=True, text=True, timeout=PATIENCE, check=True,
    ).stdout.strip()
    WATCH.add(made)
    WATCH.add(made.split(".")[2])
    forged = made[:-6] + "canary"
    WATCH.add(forged)
    arguments = [
        "--admin-listen", "127.0.0.1:0", "--admin-key-file", str(tmp_path / "admin"), "--access-key-files",
        f"k=hs256:{tmp_path / 'token'}", "--limits-waiting-opens", "0",
    ]
    with serving(watched_mock, *arguments) as relay:
        address = relay.signaling.replace("ws://", "http://").split("/v1/")[0]
        for token in (made, forged, "canary-nonsense"):
            get(address, "/v1/validate", token, method="POST")
            get(address, f"/v1/validate?token={token}", method="POST")
            get(address, f"/v1/signaling?token={token}")
            get(address, f"/{token}")
        with signaling_peer(relay.signaling) as peer:
            for token in (forged, "canary-nonsense"):
                assert peer.refusal("authorize", token=token)["data"]["kind"] == "access.denied"
            peer.ask("authorize", token=made)
            for text in ("{", f'{{"id": 5, "method": "{made}"}}', json.dumps({"token": made}), f'"{made}"'):
                peer.send_raw(text)
                peer.unidentified_error() if text[0] != "{" or "id" not in text else peer.receive()
            peer.last_id = 100
            for call, provider, key in (("did.create", "did", DID_KEY), ("heygen.new", "heygen", HEYGEN_KEY)):
                for quoted in (key, f"Basic {key}", f"'{key}' is not a valid Authorization header"):
                    watched_mock.fault(call, status=401, body={"kind": quoted, "description": quoted, "message": quoted})
                    peer.refusal("session.open", provider=provider)
            session = peer.ask("session.open", provider="did")["session"]
            peer.refusal("session.speak", session=session, text="canary-text-of-a-user")
            assert peer.refusal("session.resume", session=session, secret="canary-guess", lastSeq=0)
            watched_mock.fault("did.delete", drop=True)
            peer.ask("session.close", session=session)
            for path in ("/sessions", "/metrics", "/admission", "/nothing"):
                WATCH.look(path, get(relay.ready["admin"], path, ADMIN_KEY)[1])
        WATCH.add("canary-text-of-a-user")
        WATCH.add("canary-guess")
        WATCH.add("canary-nonsense")

