"""Pictures of the console for people to look at, in .build-screens; and that nothing sticks out."""

import pytest
from playwright.sync_api import expect

LOOKS = {
    "light": {"viewport": {"width": 1400, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1400, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
}


@pytest.mark.parametrize("look", LOOKS)
def test_screens(open_console, mock, screens, look):
    console = open_console(**LOOKS[look])
    page = console.page
    full = look == "phone"
    page.screenshot(path=screens / f"{look}-1-start.png", full_page=full)
    console.connect()
    console.wait_for_candidates()
    console.speak("Good morning")
    expect(console.talk("Good morning")).to_be_visible()
    page.locator("#timeline summary").nth(1).click()
    assert page.evaluate("document.documentElement.scrollWidth") == LOOKS[look]["viewport"]["width"]
    page.screenshot(path=screens / f"{look}-2-session.png", full_page=full)
    console.close_session()
    mock.fault("did.create", error="maxUserSessions")
    page.get_by_role("button", name="Connect").click()
    expect(console.notice("The provider has no free session")).to_be_visible()
    page.screenshot(path=screens / f"{look}-3-refused.png", full_page=full)
