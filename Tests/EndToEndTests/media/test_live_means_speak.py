"""What `live` promises: that the avatar may be spoken to, however slow the way of the media is."""

import pytest

from support.session_page import SessionPage
from support.waiting import until

# The mock holds a talk for five seconds from when it saw that ICE had found a way (docs/mock.md), which a busy page sees later.
MOCKS_PATIENCE_MS = 3000
SPEAK_AT_ONCE = """session.on("live", () => {
  const began = performance.now();
  say("Now").then(() => window.tookMs = performance.now() - began);
})"""


@pytest.mark.parametrize("provider", ["did", "heygen"])
@pytest.mark.parametrize("delay, loss", [(0, 0), (25, 0), (80, 0), (150, 0), (0, 0.05), (25, 0.05), (150, 0.05)])
def test_live_means_that_it_may_be_spoken_to(browser, live_relay, live_mock, provider, delay, loss):
    live_mock.post("media", {"delayMs": delay, "loss": loss, "seed": 5})

    def is_spoken():
        """Not so where all of the mock's patience was not enough, as for a Chromium that is kept from running."""
        context = browser.new_context()
        page = SessionPage(context.new_page(), live_relay.url.removesuffix("/console/"))
        page.begin(provider=provider)
        page.page.evaluate(f"() => {{ {SPEAK_AT_ONCE} }}")
        page.wait_until_started()
        page.wait_for("state")
        fate = page.fate("Now")
        is_late = fate.startswith("provider.") and page.page.evaluate("tookMs") >= MOCKS_PATIENCE_MS
        assert is_late or not fate.startswith("provider."), f"{fate}; {page.heard('state')}"
        assert page.heard("error") == []
        page.close()
        context.close()
        live_mock.assert_nothing_left()
        return not is_late

    until(is_spoken, bool, "a talk at once")
