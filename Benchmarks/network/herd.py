"""Measures many browsers at once: they open sessions while others close theirs, lose their connections, resume and speak."""

import subprocess
from dataclasses import dataclass, field

CLOSERS = 50


@dataclass
class Herd:
    """What was measured, in milliseconds; `failed` counts by step and kind."""

    sessions: list = field(default_factory=list)
    failed: dict = field(default_factory=dict)
    closes: list = field(default_factory=list)
    resumes: list = field(default_factory=list)
    speaks: list = field(default_factory=list)
    ends: list = field(default_factory=list)
    connections: int = 0
    """Connections on which nginx got calls while the herd opened."""
    calls: int = 0
    cpu: dict = field(default_factory=dict)
    """CPU seconds of each process while the herd opened."""
    direct: list = field(default_factory=list)
    """Open to last candidate of the same sessions, sent to the provider by one client."""
    refused: int = 0
    """Calls that nginx answered with an error status, in all."""


class Parts:
    """A load program that waits after each part of its work."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def until(self, part):
        """The lines before the program says that this part is over; None: before its end."""
        lines = []
        for line in self.process.stdout:
            if line.strip() == part:
                return lines
            lines.append(line.split())
        if part is not None or self.process.wait() != 0:
            raise SystemExit(f"the load ended before {part}: {lines[-3:]}")
        return lines

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()


def measure_herd(stage, protocol, provider, candidates, browsers):
    herd = Herd()
    relay = stage.start_relay(protocol)
    programs = {"relay": relay, "mock": stage.mock, "nginx": stage.nginx, "network": stage.networks[protocol]}
    try:
        load = Parts(stage.build / "session-load", "herd", relay.port, provider, candidates, browsers, CLOSERS)
        lines = load.until("ready")
        stage.calls()
        before = {name: program.seconds() for name, program in programs.items()}
        load.go_on()
        lines += load.until("opened")
        herd.cpu = {name: program.seconds() - before[name] for name, program in programs.items()}
        calls = stage.calls()
        herd.connections, herd.calls = len({call[0] for call in calls}), len(calls)
        for part in ("resumed", "spoke", None):
            load.go_on()
            lines += load.until(part)
        calls += stage.calls()
        herd.refused = sum(int(status) >= 400 for *_, status in calls)
    finally:
        relay.end()
    kinds = {"close": herd.closes, "resume": herd.resumes, "speak": herd.speaks, "end": herd.ends}
    for kind, *values in lines:
        if kind == "session":
            herd.sessions.append([float(value) for value in values])
        elif kind == "failed":
            name = " ".join(values)
            herd.failed[name] = herd.failed.get(name, 0) + 1
        else:
            kinds[kind].append(float(values[0]))

    load = Parts(stage.build / "direct-load", "herd", stage.url(protocol), stage.authority, provider, candidates, browsers)
    load.until("ready")
    load.go_on()
    herd.direct = [float(line[4]) for line in load.until("opened")]
    load.go_on()
    load.until(None)
    return herd
