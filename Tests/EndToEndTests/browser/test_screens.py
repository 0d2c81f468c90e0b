"""Pictures of the console for people to look at, in .build-screens; and that nothing sticks out."""

import re

import pytest
from playwright.sync_api import expect
from support.waiting import until

LOOKS = {
    "light": {"viewport": {"width": 1400, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1400, "height": 900}, "color_scheme": "dark"},
    "tablet": {"viewport": {"width": 768, "height": 1024}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
}


def move(page, look):
    """One look has all that moves, as most people see it."""
    if look == "light":
        page.emulate_media(reduced_motion="no-preference")


@pytest.mark.parametrize("look", LOOKS)
def test_screens(open_console, mock, screens, look):
    console = open_console(**LOOKS[look])
    page = console.page
    move(page, look)
    full = look == "phone"
    page.screenshot(path=screens / f"{look}-1-start.png", full_page=full)
    console.connect()
    console.wait_for_candidates()
    console.speak("Good morning")
    expect(console.talk("Good morning")).to_be_visible()
    for step in ("open", "answer", "talk"):
        expect(page.locator(f'[data-step="{step}"] .step-provider')).to_have_text(re.compile(r"provider \d+\sms"))
    page.locator("#timeline summary").nth(1).click()
    assert page.evaluate("document.documentElement.scrollWidth") == LOOKS[look]["viewport"]["width"]
    page.screenshot(path=screens / f"{look}-2-session.png", full_page=full)
    console.close_session()
    mock.fault("did.create", error="maxUserSessions")
    page.get_by_role("button", name="Connect").click()
    expect(console.notice("The provider has no free session")).to_be_visible()
    page.screenshot(path=screens / f"{look}-3-refused.png", full_page=full)


@pytest.mark.parametrize("look", LOOKS)
def test_screens_of_a_talk(open_live_console, screens, look):
    """The README's picture is `light-4-speaking.png`; `make screenshot` takes it."""
    console = open_live_console(**LOOKS[look])
    page = console.page
    move(page, look)
    console.connect()
    console.wait_until_live()
    until(console.events, lambda seen: "stream/ready" in seen, "the warm-up is over")
    console.speak("Hello! I am drawn, and my lips follow my words. こんにちは、世界！ This page shows how well I travel.")
    console.wait_until_shown("audio small", "heard")
    console.wait_until_shown("frames b", r"[1-9]\d* /s")
    console.wait_until_shown("delay b", ".* ms")
    assert page.evaluate("document.documentElement.scrollWidth") == LOOKS[look]["viewport"]["width"]
    page.screenshot(path=screens / f"{look}-4-speaking.png", full_page=look == "phone")
    console.close_session()
