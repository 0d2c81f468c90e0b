"""A browser with the console in one page and the provider's side of WebRTC in another."""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[3] / "Tests/EndToEndTests")]
from fake_relay import FakeRelay  # noqa: E402
from support.chromium import ARGUMENTS, WITHOUT_WINDOWS  # noqa: E402
from support.waiting import PATIENCE  # noqa: E402

# Only a failure takes that long; a busy machine may take longer than Playwright's five seconds.
expect.set_options(timeout=PATIENCE * 1000)


def pytest_configure(config):
    """Makes one file of the console's modules, as users get them, which loads sooner than fifty. Once for all processes."""
    if not hasattr(config, "workerinput"):
        folder = tempfile.TemporaryDirectory()
        config.add_cleanup(folder.cleanup)
        os.environ["BUILT_PAGE"] = f"{folder.name}/web"
        subprocess.run([Path(__file__).parents[2] / "build", f"{folder.name}/web"], check=True)


class Shared:
    """One browser and one event loop for all tests of a process: to start a browser takes longer than most tests do."""

    runner = browser = None


@pytest.fixture(scope="session", autouse=True)
def shared():
    with asyncio.Runner() as Shared.runner:
        playwright = Shared.runner.run(async_playwright().start())
        launch = playwright.chromium.launch(executable_path=WITHOUT_WINDOWS, args=ARGUMENTS)
        Shared.browser = Shared.runner.run(launch)
        yield
        Shared.runner.run(Shared.browser.close())
        Shared.runner.run(playwright.stop())


def run(scenario):
    return Shared.runner.run(asyncio.wait_for(scenario, 4 * PATIENCE))


class Stage:
    """The console page, the fake relay behind it, and what the browser complained about."""

    def __init__(self, relay, page, provider):
        self.relay, self.page, self.provider = relay, page, provider
        self.complaints = []
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, kind, text):
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def chip(self, name, state):
        return self.page.locator(f'[data-chip="{name}"] dd', has_text=state)

    def step(self, name, status):
        return self.page.locator(f'[data-step="{name}"][data-status="{status}"]')

    def entries(self, text):
        return self.page.locator("#timeline .entry", has_text=text)


@contextlib.asynccontextmanager
async def stage(media=True, **page_options):
    """Opens the console. Without media the offer is the transcript's, whose address nobody answers at."""
    async with FakeRelay() as relay, contextlib.AsyncExitStack() as pages:

        async def open_page(**options):
            # Each has a context of its own, with storage and permissions.
            page = await Shared.browser.new_page(**options)
            page.set_default_timeout(PATIENCE * 1000)
            pages.push_async_callback(page.context.close)
            return page

        provider = None
        if media:
            provider = await open_page()
            await provider.goto(f"http://127.0.0.1:{relay.port}/tests/page/provider.html")
            relay.make_offer = lambda name: provider.evaluate("name => makeOffer(name)", name)
            relay.take_answer = lambda sdp: provider.evaluate("sdp => takeAnswer(sdp)", sdp)
            relay.take_candidate = lambda candidate: provider.evaluate("init => takeCandidate(init)", candidate)
        # Whatever moves is painted sixty times a second, for a test that only waits.
        page = await open_page(**({"reduced_motion": "reduce"} | page_options))
        opened = Stage(relay, page, provider)
        await page.goto(relay.url)
        yield opened
