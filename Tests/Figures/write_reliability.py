#!/usr/bin/env python3
"""Measures what docs/reliability.md states, and writes its tables; fails where one cannot be measured or is not as it must be."""

import datetime
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import time

from measurements import MEASUREMENTS

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/reliability.md"
# Ignored by git. A run takes minutes, and one that failed need not begin anew.
KEPT = ROOT / ".build-figures"
MARKED = re.compile(r"(<!-- figures -->\n).*(<!-- /figures -->)", re.S)


def run(command):
    """The output of a command that has to succeed."""
    print(f"\n$ {command}", flush=True)
    done = subprocess.run(
        command, shell=True, cwd=ROOT, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"{done.stdout[-4000:]}\nfailed: {command}")
    return done.stdout


def figures(output):
    """Every `FIGURE name value` that a test printed; what several tests print under one name is added up."""
    found = {}
    for name, value in re.findall(r"^FIGURE (\w+) ([\d.]+)\r?$", output, re.M):
        found[name] = found.get(name, 0) + float(value)
    return found


def measured(measurement):
    """The figures of a command; with GO_ON=1 those that an earlier run, which then failed elsewhere, has kept."""
    kept = KEPT / (re.sub(r"\W+", "-", measurement.title.lower()) + ".txt")
    if os.environ.get("GO_ON") == "1" and kept.exists():
        return figures(kept.read_text())
    begin = time.monotonic()
    output = run(measurement.command)
    lines = [line for line in output.splitlines() if line.startswith("FIGURE ")]
    lines.append(f"FIGURE seconds {time.monotonic() - begin:.0f}")
    KEPT.mkdir(exist_ok=True)
    kept.write_text("\n".join(lines) + "\n")
    return figures(kept.read_text())


def measure(measurement):
    found = measured(measurement)
    mistakes = measurement.mistakes(found)
    if mistakes:
        sys.exit(f"{measurement.title}: " + "; ".join(mistakes))
    print(measurement.table(found), flush=True)
    return found


def machine():
    """When and on what, in words."""
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    swift = re.search(r"Swift version (\S+)", run("swift --version")).group(1)
    cores = len(re.findall(r"^processor\s*:", pathlib.Path("/proc/cpuinfo").read_text(), re.M))
    load = os.getloadavg()[1]
    return (
        f"Measured on {datetime.date.today().isoformat()}: {system}, {cores} cores, Swift {swift}, debug build; "
        f"load average at the beginning {load:.1f}.")


def main():
    text = DOCUMENT.read_text()
    if not MARKED.search(text):
        sys.exit(f"{DOCUMENT} has no place for the tables")
    parts = [machine()] + [measurement.section(measure(measurement)) for measurement in MEASUREMENTS]
    # Nothing is written unless all of it was measured.
    DOCUMENT.write_text(MARKED.sub(lambda marks: marks[1] + "\n\n".join(parts) + "\n" + marks[2], text))
    shutil.rmtree(KEPT, ignore_errors=True)


if __name__ == "__main__":
    main()
