"""The README's examples, taken from the README: the page speaks, the commands work."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from dev_relay import ROOT
from own_page import OwnPages
from waiting import until

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
DOCUMENTS += sorted((ROOT / "docs").rglob("*.md"))
NO_MEDIA = "This version's mock negotiates truly but sends no media yet"

# The mock carries no media yet, so that no browser ever finds a path to it; this page is told that it did.
CONNECTED = """
  const states = { get: () => "connected" };
  Object.defineProperty(RTCPeerConnection.prototype, "iceConnectionState", states);
  addEventListener("answered", () => connection.dispatchEvent(new Event("iceconnectionstatechange")));
  let connection;
  const setLocal = RTCPeerConnection.prototype.setLocalDescription;
  RTCPeerConnection.prototype.setLocalDescription = function (...description) {
    connection = this;
    return setLocal.apply(this, description);
  };
"""


def blocks(language, text=README):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def example(relay):
    """The example as a user has it, at the relay that runs."""
    [page] = blocks("html")
    port = relay.signaling.split(":")[2].split("/")[0]
    assert page.count("localhost:8080") == 2
    with OwnPages({"/": page.replace("localhost:8080", f"localhost:{port}"), "/favicon.ico": ""}) as pages:
        yield pages.url


def open_page(browser, url, script=None):
    context = browser.new_context()
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    if script:
        page.add_init_script(script)
    page.goto(url)
    return page


def test_the_five_lines_open_a_session_and_close_it_with_the_page(browser, mock, example):
    page = open_page(browser, example)
    mock.wait_for_calls("did.sdp", 1)
    calls = until(
        lambda: mock.calls("did.ice"), lambda seen: seen and set(seen[-1]["body"]) == {"session_id"}, "the candidates"
    )
    assert len(calls) > 1 and all(call["status"] == 200 for call in calls)
    assert mock.open_sessions() == 1
    page.close()
    mock.assert_nothing_left()
    page.context.close()


def test_the_five_lines_speak_once_live(browser, mock, example):
    page = open_page(browser, example, CONNECTED)
    mock.wait_for_calls("did.ice", 1)
    page.evaluate("dispatchEvent(new Event('answered'))")
    [talk] = mock.wait_for_calls("did.speak", 1)
    assert talk["status"] == 200
    assert talk["body"]["script"] == {"type": "text", "input": "Hello! I am an avatar."}
    assert page.complaints == []
    page.context.close()


def test_the_readme_says_what_is_missing():
    """Where media come, the sentence goes; and the script that feigns them above."""
    assert (NO_MEDIA in README.replace("\n", " ")) == ("no media yet" in (ROOT / "CHANGELOG.md").read_text())


def test_the_commands_are_targets():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for document in DOCUMENTS:
        used = set(re.findall(r"\bmake ([a-z-]+)`", document.read_text()))
        used |= set(re.findall(r"^make ([a-z-]+)", document.read_text(), re.MULTILINE))
        assert used <= targets, document.name
    assert blocks("sh")[0].split("\n")[0].startswith("make run ")


def test_serve_starts_as_written(tmp_path):
    """With real keys: the command itself, with a key that is none and another port."""
    command = blocks("sh")[1].strip().split("\n")[-1]
    setting, program, *arguments = shlex.split(command)
    name, file = setting.split("=")
    assert Path(program).name == "avatar-relay"
    (tmp_path / file).write_text("no-key-of-anybody\n")
    (tmp_path / "web").symlink_to(ROOT / "web")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AVATAR_RELAY_")}
    binary = os.environ.get("AVATAR_RELAY_BINARY", ROOT / ".build/debug/avatar-relay")
    process = subprocess.Popen(
        [binary, *arguments, "--listen-port", "0"],
        cwd=tmp_path, env={**environment, name: file}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    try:
        assert '"event":"ready"' in process.stdout.readline().replace(" ", "")
    finally:
        process.terminate()
        assert process.wait(20) == 0
        process.stdout.close()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    text = re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://|mailto:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (document.parent / name).resolve() if name else document
        assert file.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
            names = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in names, target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_files_exist(document):
    """Paths in code quotes, as `docs/protocol.md` or `web/client/avatar-relay.d.ts`."""
    for name in re.findall(r"`((?:Sources|Tests|MockProvider|web|docs|Benchmarks)/[\w./*-]*)`", document.read_text()):
        assert list(ROOT.glob(name.rstrip("/"))), name
