"""The client as one file: what a page of another origin loads, with and without modules."""

import re
import shutil
import subprocess

import pytest
from support.relay_program import ROOT, ServingRelay
from support.web_pages import OwnPages

MODULE = """<!doctype html><script type="module">
  import { AvatarSession, SignalingClient } from "RELAY/client/avatar-relay.js";
  window.loaded = [typeof AvatarSession.open, typeof SignalingClient];
</script>"""
CLASSIC = """<!doctype html><script src="RELAY/client/avatar-relay.global.js"></script><script>
  window.loaded = [typeof AvatarRelay.AvatarSession.open, typeof AvatarRelay.SignalingClient];
</script>"""


@pytest.fixture
def origin(relay):
    return relay.url.removesuffix("/console/")


@pytest.mark.parametrize("source", [MODULE, CLASSIC], ids=["module", "classic"])
def test_the_client_is_one_request(browser, origin, source):
    with OwnPages({"/": source.replace("RELAY", origin), "/favicon.ico": ""}) as pages:
        page = browser.new_page()
        asked = []
        page.on("request", lambda request: request.url.startswith(origin) and asked.append(request.url))
        page.goto(pages.url)
        page.wait_for_function("window.loaded")
        assert page.evaluate("loaded") == ["function", "function"]
        assert len(asked) == 1
        page.close()


def test_the_console_is_four_requests(browser, origin):
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(origin)))
    page.goto(f"{origin}/console/")
    page.get_by_role("button", name="Connect").wait_for()
    names = sorted(re.sub("-[0-9a-f]{16}", "", path) for path in asked if path != "/v1/providers")
    assert names[:3] == ["/console/", "/console/console.css", "/console/console.js"]
    assert set(names[3:]) <= {"/console/icon.svg"}
    page.close()


def test_a_second_visit_asks_for_nothing_that_is_kept(browser, origin):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{origin}/console/")
    page.get_by_role("button", name="Connect").wait_for()
    sizes = context.new_cdp_session(page)
    sizes.send("Network.enable")
    cached = []
    sizes.on("Network.requestServedFromCache", lambda event: cached.append(event["requestId"]))
    page.goto(f"{origin}/console/")
    page.get_by_role("button", name="Connect").wait_for()
    assert len(cached) >= 2, "script and styles have a name that means this content for ever"
    context.close()


def test_without_esbuild_the_modules_are_served_as_they_are(browser, tmp_path, own_mock):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "dirname", "mkdir", "cp", "rm", "mv", "find", "cat", "gzip"):
        (tools / name).symlink_to(shutil.which(name))
    folder = tmp_path / "web"
    subprocess.run([ROOT / "web/build", folder], env={"PATH": str(tools)}, check=True, capture_output=True)
    with ServingRelay(own_mock.api, "--web-root", str(folder)) as serving:
        page = browser.new_page()
        page.goto(serving.url)
        page.get_by_role("radio", name="HeyGen").check()
        assert (folder / "client/connection/signaling-client.js.gz").exists()
        page.close()
