"""The README's examples, taken from the README: the page speaks, the commands work."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from support.relay_program import ROOT, WEB
from support.waiting import PATIENCE, until
from support.web_pages import OwnPages

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
DOCUMENTS += sorted((ROOT / "docs").rglob("*.md"))


def blocks(language, text=README):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def example(live_relay):
    """The example as a user has it, at the relay that runs."""
    [page] = blocks("html")
    port = live_relay.signaling.split(":")[2].split("/")[0]
    assert page.count("localhost:8080") == 2
    with OwnPages({"/": page.replace("localhost:8080", f"localhost:{port}"), "/favicon.ico": ""}) as pages:
        yield pages.url


def open_page(browser, url):
    context = browser.new_context()
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(url)
    return page


def test_the_five_lines_are_seen_and_heard_and_end_with_the_page(windowed_browser, live_mock, example):
    page = open_page(windowed_browser, example)
    [talk] = live_mock.wait_for_answers("did.speak", 1)
    assert talk["status"] == 200
    assert talk["body"]["script"] == {"type": "text", "input": "Hello! I am an avatar."}
    # Its picture moves, and where a browser keeps sound back from a page that was not touched, that is all.
    page.wait_for_function("document.querySelector('#face').videoWidth === 512")
    page.wait_for_function("document.querySelector('#face').getVideoPlaybackQuality().totalVideoFrames > 20")
    assert page.evaluate("document.querySelector('#face').paused") is False
    # The pictures of the warm-up come before any sound.
    [session] = until(
        lambda: live_mock.get("sessions")["sessions"], lambda found: found[0]["media"]["audio"]["packets"] > 20, "sound")
    assert session["media"]["state"] == "connected"
    assert page.complaints == []
    page.close()
    live_mock.assert_nothing_left()
    page.context.close()


def test_the_commands_are_targets():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for document in DOCUMENTS:
        used = set(re.findall(r"\bmake ([a-z-]+)`", document.read_text()))
        for block in blocks("sh", document.read_text()):
            used |= set(re.findall(r"^make ([a-z-]+)", block, re.MULTILINE))
        assert used <= targets, document.name
    assert blocks("sh")[0].split("\n")[0].startswith("make run ")


def test_serve_starts_as_written(tmp_path):
    """With real keys: the command itself, with a key that is none and another port."""
    [block] = [block for block in blocks("sh") if "swift build" in block]
    command = block.strip().split("\n")[-1]
    setting, program, *arguments = shlex.split(command)
    name, file = setting.split("=")
    assert Path(program).name == "avatar-relay"
    (tmp_path / file).write_text("no-key-of-anybody\n")
    (tmp_path / WEB.name).symlink_to(WEB)
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
        assert process.wait(PATIENCE) == 0
        process.stdout.close()


def test_packages_have_one_version_and_the_names_that_they_are_built_with():
    version = re.search(r'text = "(.*)"', (ROOT / "Sources/Release/ProductVersion.swift").read_text())[1]
    for file in ("web/package.json", "kits/node/package.json"):
        assert json.loads((ROOT / file).read_text())["version"] == version, file
    names = re.findall(r"\./(avatar[\w.-]+)", blocks("sh")[1])
    assert names == [
        f"avatar-relay_{version}_amd64.deb", f"avatar_relay_mock-{version}-py3-none-manylinux_2_36_x86_64.whl",
        f"avatar-relay-mock-{version}.tgz"]


def test_the_examples_are_the_ones_that_are_shown():
    """What runs in examples/ and in the kits is what the documents show."""
    [page] = blocks("html")
    assert page == (ROOT / "examples/playwright/index.html").read_text()
    [python] = blocks("python")
    assert python in (ROOT / "kits/python/README.md").read_text()


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
    for name in re.findall(r"`((?:Sources|Tests|MockProvider|web|docs|Benchmarks|kits|packaging|examples)/[\w./*-]*)`", document.read_text()):
        assert list(ROOT.glob(name.rstrip("/"))), name
