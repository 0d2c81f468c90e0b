#!/usr/bin/env python3
"""Measures what docs/reliability.md states, and writes its table."""

import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/reliability.md"
KILLS = "Tests/EndToEndTests/test_kill.py"
SIMULATION = "swift test --no-parallel --filter SimulationTests"
RESUMES = "swift test --no-parallel --filter ResumeTimeTests"
KILLING = f".build-venv/bin/python -m pytest -q {KILLS}"


def run(command):
    """The output of a command that has to succeed."""
    print(command, flush=True)
    done = subprocess.run(command, shell=True, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"{done.stdout[-4000:]}\nfailed: {command}")
    return done.stdout


def figures(output):
    """Every `FIGURE name value` that a test printed."""
    return {name: float(value) for name, value in re.findall(r"^FIGURE (\w+) ([\d.]+)$", output, re.M)}


def simulation_rows():
    begin = time.monotonic()
    found = figures(run(SIMULATION))
    found["seconds"] = time.monotonic() - begin
    names = [
        ("seeds played", "seeds"), ("sessions opened at the mock", "sessions"), ("talks asked for", "speaks"),
        ("connections cut", "cuts"), ("calls to providers lost", "losses"), ("provider faults", "faults"),
        ("relay killed", "kills"), ("ledger broken for a while", "ledgerFailures"), ("resumes", "resumes"),
        ("of these with resync", "resyncs"), ("talks said twice", "doubleSpeaks"),
        ("talks of unknown fate, told so", "unknownTalks"), ("sessions leaked", "leaks"),
        ("seconds for all seeds", "seconds"),
    ]
    return [(words, f"{found[name]:.0f}", SIMULATION) for words, name in names]


def resume_rows():
    found = figures(run(RESUMES))
    return [
        ("resumes over sockets", f"{found['resumes']:.0f}", RESUMES),
        ("time to resume, p50, in ms", f"{found['resumeMedianMs']:.1f}", RESUMES),
        ("time to resume, p99, in ms", f"{found['resumeSlowMs']:.1f}", RESUMES),
    ]


def kill_rows():
    if not (ROOT / KILLS).exists():
        return []
    passed = re.search(r"(\d+) passed", run(KILLING))
    return [("tests that kill the program with SIGKILL, all passed", passed.group(1), KILLING)]


def main():
    rows = simulation_rows() + resume_rows() + kill_rows()
    table = "\n".join(["| figure | value | command |", "|---|---|---|"] + [f"| {a} | {b} | `{c}` |" for a, b, c in rows])
    text = DOCUMENT.read_text()
    marked = f"<!-- figures -->\n{table}\n<!-- /figures -->"
    DOCUMENT.write_text(re.sub(r"<!-- figures -->.*<!-- /figures -->", lambda _: marked, text, flags=re.S))
    print(table)


if __name__ == "__main__":
    main()
