"""A page that uses the browser client as a user's page does, and notes all that it hears."""

import json

from .waiting import PATIENCE, until

HARNESS = """
async ({ options, names }) => {
  const { AvatarSession } = await import("/client/avatar-relay.js");
  const session = new AvatarSession({ url: "/v1/signaling", provider: "did", ...options });
  window.session = session;
  window.heard = [];
  window.sent = [];
  window.fates = {};
  for (const name of names) {
    session.on(name, (event) => window.heard.push([name, JSON.parse(JSON.stringify(event))]));
  }
  session.on("error", ({ kind }) => window.heard.push(["error", { kind }]));
  session.on("message", ({ direction, message }) => direction === "sent" && window.sent.push(message));
  window.say = (text) => session.speak(text).then(
    ({ talk }) => (window.fates[text] = talk), ({ kind }) => (window.fates[text] = kind));
  window.started = "no";
  session.start().then(() => (window.started = "yes"), (error) => (window.started = `${error.kind}: ${error.message}`));
}
"""
NAMES = ["state", "status", "talk", "resumed", "recovered", "closed", "draining", "connection"]


class SessionPage:
    def __init__(self, page, url):
        self.page = page
        self.complaints = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        # Shown with a test that fails: which file did not come.
        page.on("response", lambda reply: reply.ok or print(reply.status, reply.url))
        page.on("requestfailed", lambda request: print(request.failure, request.url))
        page.goto(f"{url}/client/protocol.d.ts")

    def begin(self, **options):
        """Begins to open a session."""
        self.page.evaluate(HARNESS, {"options": options, "names": NAMES})

    def open(self, **options):
        """Opens a session, and waits until it may be spoken to."""
        self.begin(**options)
        self.wait_until_started()

    def wait_until_started(self):
        until(lambda: self.page.evaluate("started"), lambda seen: seen == "yes", "the session is open")
        self.wait_for_candidates()

    def wait_for_candidates(self):
        """Waits until the browser said that there are no more."""
        ended = "sent.some(({ method, params }) => method === 'session.candidate' && params.candidate === null)"
        until(lambda: self.page.evaluate(ended), bool, "the end of candidates was sent")

    def say(self, text):
        """Asks for a talk, and waits for nothing."""
        self.page.evaluate("text => void say(text)", text)

    def fate(self, text):
        """The id of the talk, or the kind of the error."""
        return until(lambda: self.page.evaluate("text => fates[text]", text), bool, f"the fate of {text!r}")

    def heard(self, name):
        return [event for heard, event in self.page.evaluate("heard") if heard == name]

    def wait_for(self, name, count=1, seconds=PATIENCE):
        """The events of a name, once so many came."""
        return until(lambda: self.heard(name), lambda seen: len(seen) >= count, f"{count} of {name}", seconds)

    def wait_for_talk(self, talk, phase):
        wanted = {"talk": talk, "phase": phase}
        found = lambda seen: any(wanted.items() <= event.items() for event in seen)  # noqa: E731
        until(lambda: self.heard("talk"), found, f"{talk} {phase}")

    def wait_for_phase(self, phase, seconds=PATIENCE):
        return until(lambda: self.page.evaluate("session.status"), lambda seen: seen["phase"] == phase, phase, seconds)

    def close(self):
        self.page.evaluate("session.close()")

    def assert_in_order(self):
        """No notification twice, none left out, and no complaint."""
        assert self.complaints == []
        assert self.heard("error") == [], json.dumps(self.page.evaluate("heard"))
        phases = {}
        for event in self.heard("talk"):
            phases.setdefault(event["talk"], []).append(event["phase"])
        for talk, seen in phases.items():
            assert seen == ["accepted", "started", "ended"][: len(seen)], talk
