"""Debian's Firefox, driven through its own WebDriver BiDi (w3.org/TR/webdriver-bidi), which needs no driver program."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from support.waiting import PATIENCE, until
from websockets.sync.client import connect

PROGRAM = os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
# What has to come is waited for so long: to start takes it a minute where four others do.
SECONDS = 3 * PATIENCE
ADDRESS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
# Sound without a click, and nothing that asks for the internet.
PREFERENCES = {
    "media.autoplay.default": 0,
    "media.gmp-manager.updateEnabled": False,
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "network.captive-portal-service.enabled": False,
    "remote.active-protocols": 1,
}


class Firefox:
    """One Firefox with a profile of its own; `page` is its only tab."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="firefox-"))
        lines = [f'user_pref("{name}", {json.dumps(value)});' for name, value in PREFERENCES.items()]
        (self.folder / "user.js").write_text("\n".join(lines))
        self.log = self.folder / "log"
        command = [PROGRAM, "--headless", "--no-remote", "--profile", self.folder, "--remote-debugging-port", "0"]
        with self.log.open("wb") as log:
            own = {**os.environ, "HOME": str(self.folder)}
            self.process = subprocess.Popen([*command, "about:blank"], stdout=log, stderr=log, env=own)
        try:
            self.connection = connect(f"{self._address()}/session", proxy=None, max_size=None, open_timeout=SECONDS)
            self.socket = self.connection.__enter__()
            self.last = 0
            self.call("session.new", capabilities={})
            self.page = FirefoxPage(self, self.call("browsingContext.getTree")["contexts"][0]["context"])
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *failure):
        self.connection.__exit__(*failure)
        self._end()

    def call(self, method, **params):
        """Sends a command and waits for its answer; events are not asked for."""
        self.last += 1
        self.socket.send(json.dumps({"id": self.last, "method": method, "params": params}))
        while (answer := json.loads(self.socket.recv(timeout=SECONDS))).get("id") != self.last:
            pass
        assert answer["type"] == "success", answer
        return answer["result"]

    def _address(self):
        def log():
            ended = self.process.poll() is not None
            text = self.log.read_text(errors="replace")
            assert not ended, text
            return text

        return ADDRESS.search(until(log, ADDRESS.search, "the address of Firefox in its log", SECONDS))[1]

    def _end(self):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class FirefoxPage:
    """The part of Playwright's page that `WatchedPage` uses."""

    def __init__(self, browser, context):
        self.browser, self.context = browser, context

    def goto(self, url):
        self.browser.call("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def evaluate(self, expression, argument=None):
        """The value of an expression; a function is called first, a promise awaited."""
        script = f"""(async () => {{
          const it = ({expression});
          return JSON.stringify(await (typeof it === "function" ? it({json.dumps(argument)}) : it)) ?? "null";
        }})()"""
        found = self.browser.call(
            "script.evaluate", expression=script, target={"context": self.context}, awaitPromise=True)
        assert found["type"] == "success", found["exceptionDetails"]["text"]
        return json.loads(found["result"]["value"])

    def wait_for_function(self, expression, *, arg=None, timeout, polling):
        until(lambda: self.evaluate(expression, arg), bool, expression, timeout / 1000, polling / 1000)
