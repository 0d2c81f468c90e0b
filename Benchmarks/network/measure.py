"""Measures sessions at a provider far away: through the relay, by a client of the provider's own, and by a browser's page.

Usage: measure.py RELEASE-FOLDER PROGRAMS-FOLDER. Prints Markdown, and at the end which aims were missed: then the status is 1,
unless AIMS=print. SESSIONS, ROUND_TRIP, BROWSERS, CANDIDATES, FIRSTS, PROVIDERS and LEDGER
(`none` in place of a file) are environment variables.
"""

import os
import subprocess
import sys

from herd import measure_herd
from page import Page
from report import Report, Row
from stage import Stage

ROUND_TRIP = float(os.environ.get("ROUND_TRIP", "100"))
SESSIONS = int(os.environ.get("SESSIONS", "20"))
CANDIDATES = int(os.environ.get("CANDIDATES", "10"))
BROWSERS = int(os.environ.get("BROWSERS", "500"))
FIRSTS = int(os.environ.get("FIRSTS", "5"))
PROVIDERS = os.environ.get("PROVIDERS", "did heygen").split()
# Sessions of a row before the next row's turn, so that what else the machine does meets all of them.
TURN = 5


def run(*command):
    """The sessions that a load program measured, as lists of milliseconds."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command[0]} {command[1]}: {done.stdout[-500:]}{done.stderr[-500:]}")
    return [[float(value) for value in line.split()[1:]] for line in done.stdout.splitlines() if line.startswith("session ")]


class Measurement:
    def __init__(self, stage, page):
        self.stage, self.page = stage, page

    def direct(self, protocol, provider, sessions):
        arguments = [self.stage.url(protocol), self.stage.authority, provider, CANDIDATES, sessions]
        return run(self.stage.build / "direct-load", "series", *arguments)

    def relayed(self, relay, provider, sessions, pause=0):
        return run(self.stage.build / "session-load", "series", relay.port, provider, CANDIDATES, sessions, pause)

    def first(self, protocol, provider, pause=0):
        """The first session of a relay that was just started, so many milliseconds after its first browser connected."""
        relay = self.stage.start_relay(protocol)
        try:
            return self.relayed(relay, provider, 0, pause)
        finally:
            relay.end()

    def paged(self, protocol, provider, sessions):
        return [self.page.session(self.stage.url(protocol), provider, CANDIDATES) for _ in range(sessions)]

    def steps(self, provider):
        """The rows of the table of steps, whose sessions were measured in turns."""
        relays = {protocol: self.stage.start_relay(protocol) for protocol in ("h2", "h1")}
        rows = {row: [] for row in Row}
        try:
            for begun in range(0, SESSIONS, TURN):
                count = min(TURN, SESSIONS - begun)
                rows[Row.CLIENT] += self.direct("h2", provider, count)
                rows[Row.RELAY] += self.relayed(relays["h2"], provider, count)
                if self.page:
                    rows[Row.PAGE] += self.paged("h2", provider, count)
                rows[Row.CLIENT_1] += self.direct("h1", provider, count)
                rows[Row.RELAY_1] += self.relayed(relays["h1"], provider, count)
            for _ in range(FIRSTS):
                rows[Row.FIRST] += self.first("h2", provider)
                rows[Row.FIRST_LATER] += self.first("h2", provider, pause=1000)
        finally:
            for relay in relays.values():
                relay.end()
        return rows


def main(release, build):
    report = Report(ROUND_TRIP, CANDIDATES, BROWSERS, SESSIONS)
    try:
        page = Page().__enter__()
    except Exception as reason:  # Whatever is missing, the other columns can be measured.
        print(f"no browser: its column is left out ({type(reason).__name__})", file=sys.stderr)
        page = None
    try:
        with Stage(release, build, ROUND_TRIP) as stage:
            measurement = Measurement(stage, page)
            for provider in PROVIDERS:
                report.add_steps(provider, measurement.steps(provider))
            if BROWSERS:
                alone = report.alone(PROVIDERS[0])
                herds = {}
                for protocol in ("h2", "h1"):
                    herds[protocol] = measure_herd(stage, protocol, PROVIDERS[0], CANDIDATES, BROWSERS)
                report.add_herds(herds, alone)
    finally:
        if page:
            page.__exit__(None, None, None)
    missed = report.end()
    return 1 if missed and os.environ.get("AIMS") != "print" else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
