"""What every step of packaging uses: where things are, the version, and how commands are run."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
# Swift's scratch folder and everything that is made on the way.
SCRATCH = ROOT / ".build-dist"
STAGE = SCRATCH / "stage"
TOOLS = ROOT / ".build-tools/bin"

# A version has one source; the packages of web/ and kits/ are checked against it when they are packed.
VERSION = re.search(r'text = "(\d+\.\d+\.\d+)"', (ROOT / "Sources/Release/ProductVersion.swift").read_text())[1]


def run(*command, **options):
    """Runs a command; what it prints is returned."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


def say(words):
    print(words, flush=True)


ARCHITECTURE = run("dpkg", "--print-architecture").strip()
MULTIARCH = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}[ARCHITECTURE]
MACHINE = MULTIARCH.split("-")[0]
