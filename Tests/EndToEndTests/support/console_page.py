"""The console in Chromium, and everything that it sent, received and complained about."""

import json
import re

from playwright.sync_api import expect

from .waiting import until

# What the chips, the figures and the line below the picture show is noted: what lasts for a moment may be over when a test looks.
SHOWN = """
  window.shown = {};
  const look = () => {
    for (const place of document.querySelectorAll("[data-chip] dd, [data-figure] dd > *, #spoken")) {
      const { chip, figure } = place.closest("[data-chip], [data-figure]")?.dataset ?? {};
      const texts = window.shown[chip ?? (figure ? `${figure} ${place.localName}` : place.id)] ??= [];
      if (place.textContent !== texts.at(-1)) texts.push(place.textContent);
    }
  };
  addEventListener("DOMContentLoaded", () => {
    look();
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
"""
VIOLATIONS = """
  window.violations = [];
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    window.violations.push(violatedDirective + " " + blockedURI));
"""

CHOICES = {
    "did-talk": ("D-ID", "Talk"),
    "did-clip": ("D-ID", "Clip"),
    "did-agent": ("D-ID", "Agent"),
    "heygen": ("HeyGen", None),
}


class ConsolePage:
    def __init__(self, page, url):
        self.page = page
        self.complaints = []
        self.sent = []
        self.received = []
        # Whatever moves is painted sixty times a second, for a test that only waits.
        page.emulate_media(reduced_motion="reduce")
        page.add_init_script(VIOLATIONS)
        page.add_init_script(SHOWN)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("websocket", self._watch)
        self.response = page.goto(url)

    def _hear(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _watch(self, socket):
        socket.on("framesent", lambda text: self.sent.append(json.loads(text)))
        socket.on("framereceived", lambda text: self.received.append(json.loads(text)))

    def choose(self, name):
        provider, kind = CHOICES[name]
        self.page.get_by_role("radio", name=provider).check()
        if kind:
            self.page.get_by_role("radio", name=kind, exact=True).check()

    def connect(self):
        """Connects and waits until the provider accepted the answer."""
        self.page.get_by_role("button", name="Connect").click()
        expect(self.step("answer", "done")).to_be_visible()

    def step(self, name, status):
        return self.page.locator(f'[data-step="{name}"][data-status="{status}"]')

    def chip(self, name, state):
        return self.page.locator(f'[data-chip="{name}"] dd', has_text=state)

    def notice(self, text):
        return self.page.locator(".notice", has_text=text)

    def candidates_sent(self):
        asked = [message for message in self.sent if message["method"] == "session.candidate"]
        return [message["params"]["candidate"] for message in asked]

    def wait_for_candidates(self):
        """Waits until the end of candidates was accepted."""
        expect(self.step("candidates", "done")).to_be_visible()

    def wait_until_live(self):
        """Waits until the session may be spoken to and media flows."""
        self.wait_for_candidates()
        expect(self.step("live", "done")).to_be_visible()

    def figure(self, name):
        """What the media panel shows, large and small."""
        return [element.text_content() for element in self.page.locator(f'[data-figure="{name}"] dd > *').all()]

    def wait_until_shown(self, place, wanted):
        """Waits until a chip (`connection`), a figure (`video b` for the large words, `video small`) or `spoken` shows a text that
        matches, or has shown it."""
        texts = until(
            lambda: self.page.evaluate("place => shown[place] ?? []", place),
            lambda texts: any(re.fullmatch(wanted, text) for text in texts), f"{place} like {wanted}")
        return next(text for text in texts if re.fullmatch(wanted, text))

    def events(self):
        """The data channel's messages in the timeline, by name."""
        return self.page.locator("#timeline .entry.channel .entry-title").all_text_contents()

    def speak(self, text):
        self.page.get_by_label("Text to speak").fill(text)
        self.page.get_by_role("button", name="Speak").click()

    def talk(self, text):
        return self.page.locator(".talk", has_text=text)

    def close_session(self):
        self.page.get_by_role("button", name="Close", exact=True).click()
        expect(self.step("closed", "done")).to_be_visible()

    def assert_clean(self):
        """No error, no warning, no violation of the content security policy."""
        assert self.complaints == []
        assert self.page.evaluate("window.violations") == []
