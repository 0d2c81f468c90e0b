"""Writes what was measured as Markdown tables, and judges it by what the relay is meant to reach."""

import enum
import os
import platform
import statistics
import time

STEPS = ("`session.open`", "`session.answer`", "candidates", "open … last candidate", "`session.speak`", "`session.close`")
WHOLE = 3
# A step through the relay takes at most so many times a warm client's, and opening at most this part of a page's.
MOST_OF_CLIENT, MOST_OF_PAGE = 1.1, 0.35
# What is asked for in a herd takes at most so many times what it takes alone.
MOST_OF_ALONE = 2.0


class Row(enum.Enum):
    CLIENT = "warm HTTP/2 client, direct"
    PAGE = "a browser page, direct"
    FIRST = "relay, its very first session"
    FIRST_LATER = "… opened 1 s after the browser connected"
    RELAY = "relay, warm"
    CLIENT_1 = "warm HTTP/1.1 client, direct"
    RELAY_1 = "relay, HTTP/1.1"


def high(values):
    """The 99th percentile; with fewer than 100 values the largest."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]


def both(values):
    return f"{statistics.median(values):.0f} ({high(values):.0f})" if values else "–"


class Report:
    def __init__(self, round_trip, candidates, browsers, sessions):
        self.round_trip, self.candidates, self.browsers, self.sessions = round_trip, candidates, browsers, sessions
        self.rows, self.missed = {}, []
        self.begun = os.getloadavg()

    def add_steps(self, provider, rows):
        self.rows[provider] = rows
        measured = [row for row in Row if rows[row]]
        print(f"\n### A session at `{provider}`, {self.round_trip:.0f} ms away\n")
        print(f"Milliseconds, median (99th percentile, which of {self.sessions} is the slowest); {self.candidates} candidates\n")
        heads = [row.value for row in measured] + ["relay : client", "relay : page"]
        print("| step | " + " | ".join(heads) + " |")
        print("|---|" + "---:|" * len(heads))
        for step, name in enumerate(STEPS):
            columns = {row: [session[step] for session in rows[row]] for row in measured}
            middles = {row: statistics.median(values) for row, values in columns.items()}
            of_client = middles[Row.RELAY] / middles[Row.CLIENT]
            of_page = middles[Row.RELAY] / middles[Row.PAGE] if Row.PAGE in middles else None
            cells = [both(values) for values in columns.values()]
            cells += [f"{of_client:.2f}", f"{of_page:.2f}" if of_page else "–"]
            print(f"| {name} | " + " | ".join(cells) + " |")
            self.judge(f"{provider}, {name}: relay : client", of_client, MOST_OF_CLIENT)
            if of_page and step == WHOLE:
                self.judge(f"{provider}, {name}: relay : page", of_page, MOST_OF_PAGE)

    def alone(self, provider):
        """The sessions of a browser that is alone: by protocol."""
        return {"h2": self.rows[provider][Row.RELAY], "h1": self.rows[provider][Row.RELAY_1]}

    def add_herds(self, herds, alone):
        print(f"\n### {self.browsers} browsers at once, {self.round_trip:.0f} ms away\n")
        print("Milliseconds, median (99th percentile)\n")
        print("| | HTTP/2 | HTTP/1.1 |")
        print("|---|---:|---:|")
        whole = {protocol: [session[WHOLE] for session in herd.sessions] for protocol, herd in herds.items()}
        for name, value in (
            ("failed, of everything asked", lambda p, h: str(sum(h.failed.values()))),
            ("open … last candidate, alone", lambda p, h: both([session[WHOLE] for session in alone[p]])),
            ("open … last candidate, in the herd", lambda p, h: both(whole[p])),
            ("the same herd, sent by one client without a relay", lambda p, h: both(h.direct)),
            ("`session.close`, alone", lambda p, h: both([session[-1] for session in alone[p]])),
            ("`session.close`, in the middle of the herd", lambda p, h: both(h.closes)),
            ("cut off at once: until resumed", lambda p, h: both(h.resumes)),
            ("all speak at once", lambda p, h: both(h.speaks)),
            ("all close at once", lambda p, h: both(h.ends)),
            ("calls to the provider while the herd opened", lambda p, h: str(h.calls)),
            ("connections that they went over", lambda p, h: str(h.connections)),
            ("of which refused by the provider", lambda p, h: str(h.refused)),
            ("CPU seconds meanwhile: relay", lambda p, h: f"{h.cpu['relay']:.2f}"),
            ("… mock, nginx, network", lambda p, h: ", ".join(f"{h.cpu[n]:.2f}" for n in ("mock", "nginx", "network"))),
        ):
            print(f"| {name} | " + " | ".join(value(protocol, herd) for protocol, herd in herds.items()) + " |")
        for protocol, herd in herds.items():
            if herd.failed:
                self.missed.append(f"herd over {protocol}: failed: {herd.failed}")
        middles = [statistics.median(session[step] for session in alone["h2"]) for step in (WHOLE, -1)]
        herd = herds["h2"]
        for name, values, middle in (("open … last candidate", whole["h2"], middles[0]), ("`session.close`", herd.closes, middles[1])):
            if values:
                self.judge(f"herd over HTTP/2, {name}: 99th percentile : median alone", high(values) / middle, MOST_OF_ALONE)

    def judge(self, what, value, most):
        # A thousandth below is not a miss: tables show two digits.
        if round(value, 2) > most:
            self.missed.append(f"{what} is {value:.2f}, and was to be at most {most:.2f}")

    def end(self):
        """Prints where this was measured and what is not as it should be; returns the latter."""
        loads = " to ".join(f"{load[0]:.1f}" for load in (self.begun, os.getloadavg()))
        print(f"\n{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {platform.machine()}, load average {loads}")
        for line in self.missed:
            print(f"missed: {line}")
        if not self.missed:
            print("every aim was reached")
        return self.missed
