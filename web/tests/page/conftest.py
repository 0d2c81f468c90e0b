"""A browser with the console in one page and the provider's side of WebRTC in another."""

import contextlib
import os
import sys
from pathlib import Path

from playwright.async_api import async_playwright

sys.path.insert(0, str(Path(__file__).parent))
from fake_relay import FakeRelay  # noqa: E402

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


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
    async with async_playwright() as playwright, FakeRelay() as relay:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        provider = await browser.new_page()
        await provider.goto(f"http://127.0.0.1:{relay.port}/tests/page/provider.html")
        if media:
            relay.make_offer = lambda name: provider.evaluate("name => makeOffer(name)", name)
            relay.take_answer = lambda sdp: provider.evaluate("sdp => takeAnswer(sdp)", sdp)
            relay.take_candidate = lambda candidate: provider.evaluate("init => takeCandidate(init)", candidate)
        page = await browser.new_page(**page_options)
        opened = Stage(relay, page, provider)
        await page.goto(relay.url)
        try:
            yield opened
        finally:
            await browser.close()
