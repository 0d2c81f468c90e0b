"""The console's tools: a tunnel, volume and output device, and the session as code that runs."""

import shlex
import subprocess
import sys
import time
import urllib.request

import pytest
from playwright.sync_api import expect
from support.chromium import close
from support.waiting import PATIENCE, until
from support.web_pages import OwnPages

DEVICES = """
  let allowed = false;
  window.sinks = [];
  const devices = [
    { kind: "audioinput", deviceId: "m", label: "Microphone" },
    { kind: "audiooutput", deviceId: "a", label: "Speakers" },
    { kind: "audiooutput", deviceId: "b", label: "Headphones" },
  ];
  Object.defineProperty(navigator, "mediaDevices", { value: Object.assign(new EventTarget(), {
    enumerateDevices: async () => devices.map((each) => allowed ? each : { ...each, deviceId: "", label: "" }),
    getUserMedia: async () => {
      allowed = true;
      return { getTracks: () => [{ stop: () => window.stopped = true }] };
    },
  }) });
  HTMLMediaElement.prototype.setSinkId = async function (id) { window.sinks.push(id); };
"""


def test_a_tunnel_of_two_seconds(console, mock):
    console.connect()
    console.wait_for_candidates()
    console.page.get_by_label("Seconds without a connection").fill("2")
    began = time.monotonic()
    console.page.get_by_role("button", name="Offline").click()
    console.wait_until_shown("connection", ".*resuming.*")
    expect(console.notice("The session is back")).to_be_visible()
    assert time.monotonic() - began >= 2
    console.speak("Out again")
    expect(console.talk("Out again")).to_have_attribute("data-phase", "ended")
    console.close_session()


def test_volume_and_output_device(open_console, mock):
    console = open_console()
    page = console.page
    page.add_init_script(DEVICES)
    page.reload()
    page.get_by_label("Volume").fill("30")
    assert page.evaluate("document.querySelector('#video').volume") == 0.3
    names = page.locator("#device option")
    expect(names).to_have_text(["default"])
    # Without a permission no device has a name; the page asks when it is told to, and records nothing.
    page.get_by_role("button", name="Others…").click()
    expect(names).to_have_text(["default", "Speakers", "Headphones"])
    expect(page.get_by_role("button", name="Others…")).to_be_hidden()
    assert page.evaluate("window.stopped")
    page.locator("#device").select_option("Headphones")
    assert page.evaluate("window.sinks") == ["b"]
    console.assert_clean()


@pytest.fixture
def copied(open_console):
    """The console, and what one of its buttons copies."""
    console = open_console(permissions=["clipboard-read", "clipboard-write"])

    def copy(button):
        console.page.get_by_text("Copy as code").click()
        console.page.get_by_role("button", name=button, exact=True).click()
        console.page.wait_for_function("async () => (await navigator.clipboard.readText()).length > 0")
        return console.page.evaluate("navigator.clipboard.readText()")

    return copy


def test_the_copied_test_passes(copied, mock, tmp_path):
    (tmp_path / "test_copied.py").write_text(copied("pytest"))
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path]
    reply = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=4 * PATIENCE)
    assert reply.returncode == 0, reply.stdout + reply.stderr
    assert [entry["status"] for entry in mock.calls("did.create", "did.delete")] == [201, 200]


def test_the_copied_page_speaks(copied, browser, mock):
    code = copied("Client")
    source = f'<!doctype html><video id="face" controls></video><script type="module">{code}</script>'
    with OwnPages({"/": source, "/favicon.ico": ""}) as pages:
        page = browser.new_context().new_page()
        page.goto(pages.url)
        [create] = mock.wait_for_answers("did.create", 1)
        assert create["status"] == 201
        mock.wait_for_calls("did.sdp", 1)
        # While it is still sending, its goodbye may not leave any more.
        is_over = lambda calls: calls and set(calls[-1]["body"]) == {"session_id"} and calls[-1]["status"]  # noqa: E731
        until(lambda: mock.calls("did.ice"), is_over, "the end of candidates")
        close(page.context)
    mock.assert_nothing_left()


def test_the_copied_request_is_the_vendors_own(copied, mock):
    words = shlex.split(copied("curl").replace("\\\n", " "))
    assert words[:3] == ["curl", "--request", "POST"] and words[-2] == "--data"
    headers = dict(word.split(": ") for name, word in zip(words, words[1:], strict=False) if name == "--header")
    address = next(word for word in words if word.startswith("https://"))
    assert address == "https://api.d-id.com/talks/streams"
    request = urllib.request.Request(f"{mock.api}/talks/streams", words[-1].encode(), headers)
    with mock.opener.open(request, timeout=PATIENCE) as reply:
        assert reply.status == 201
    mock.reset()
