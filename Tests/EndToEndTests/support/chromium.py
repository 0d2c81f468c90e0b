"""Says which Chromium shows the tests' pages, how it is started, and how a window of it is closed."""

import os
import shutil

from .waiting import PATIENCE

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# The same without the browser around its pages, whose tab, address bar and buttons take half of a short test's time.
WITHOUT_WINDOWS = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or CHROMIUM
# Each window of Chromium loads two pages of its own for the list below its address bar. There is no such list to be
# seen here, and the two take a second of CPU, several times what a page of the tests does.
ADDRESS_BAR = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup"]
# Playwright's own list (chromiumSwitches.ts of 1.65), since a second one replaces the first.
PLAYWRIGHT = [
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled",
    "PreconnectToSearch",
]
ARGUMENTS = ["--no-sandbox", f"--disable-features={','.join(PLAYWRIGHT + ADDRESS_BAR)}"]


def patient(browser):
    """Has its pages wait as long as all tests do; Playwright's own half a minute may be too short on a busy machine."""
    new_context, new_page = browser.new_context, browser.new_page

    def with_patience(made):
        made.set_default_timeout(PATIENCE * 1000)
        return made

    browser.new_context = lambda **options: with_patience(new_context(**options))
    browser.new_page = lambda **options: with_patience(new_page(**options))
    return browser


def close(context):
    """Its tabs first: with their context Chromium may end them before they have said goodbye."""
    for page in context.pages:
        page.close()
    context.close()
