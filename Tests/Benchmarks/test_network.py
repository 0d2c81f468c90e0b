"""The benchmark of a far provider measures something, and does not pass what misses an aim."""

import copy
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Benchmarks/network"))

from herd import Herd, measure_herd  # noqa: E402
from measure import Measurement  # noqa: E402
from report import Report, Row  # noqa: E402
from stage import Stage  # noqa: E402

GOOD = [100.0, 100.0, 100.0, 300.0, 100.0, 100.0]
STEP_NAMES = ["session.open", "session.answer", "candidates", "open … last candidate", "session.speak", "session.close"]


def good_rows():
    rows = {row: [list(GOOD)] for row in Row}
    rows[Row.PAGE] = [[500.0, 200.0, 300.0, 1000.0, 200.0, 200.0]]
    return rows


def good_herds():
    herd = Herd(sessions=[list(GOOD)], closes=[100.0], cpu=dict.fromkeys(("relay", "mock", "nginx", "network"), 0.1))
    return {"h2": herd, "h1": copy.deepcopy(herd)}


def missed(rows, herds):
    report = Report(100, 10, 1, 1)
    report.add_steps("did", rows)
    report.add_herds(herds, report.alone("did"))
    return report.end()


def test_what_reaches_every_aim_passes():
    assert missed(good_rows(), good_herds()) == []


@pytest.mark.parametrize("step", range(6))
def test_a_step_that_is_slower_than_a_clients_is_told(step):
    rows = good_rows()
    rows[Row.RELAY][0][step] = GOOD[step] * 1.15
    told = missed(rows, good_herds())
    assert len(told) == 1
    assert STEP_NAMES[step] in told[0]


def test_more_than_a_third_of_a_pages_time_is_told():
    rows = good_rows()
    rows[Row.PAGE][0][3] = 800.0
    assert "page is 0.38" in missed(rows, good_herds())[0]


def test_a_failure_in_a_herd_is_told():
    herds = good_herds()
    herds["h1"].failed = {"open provider.unavailable": 1}
    assert "provider.unavailable" in missed(good_rows(), herds)[0]


def test_a_slow_herd_and_a_starved_close_are_told():
    herds = good_herds()
    herds["h2"].sessions[0][3] = 700.0
    herds["h2"].closes = [250.0]
    told = missed(good_rows(), herds)
    assert "2.33" in told[0]
    assert "2.50" in told[1]


@pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx, which `.ci/install bench` installs")
def test_every_column_but_the_browsers_is_measured(tmp_path):
    for name, libraries in (("delay-proxy", []), ("session-load", []), ("direct-load", ["-lcurl"])):
        command = ["clang", "-O1", "-Wall", "-Wextra", "-Werror", "-o", tmp_path / name]
        subprocess.run([*command, ROOT / f"Benchmarks/c/{name}.c", *libraries], check=True)
    binary = Path(os.environ.get("AVATAR_RELAY_BINARY", ROOT / ".build/debug/avatar-relay"))
    with Stage(binary.parent, tmp_path, 10) as stage:
        measurement = Measurement(stage, None)
        for protocol, provider in (("h2", "did"), ("h1", "heygen")):
            direct = measurement.direct(protocol, provider, 1)
            first = measurement.first(protocol, provider)
            assert len(direct) == len(first) == 1
            # Nothing is faster than the network, and each step was taken.
            assert all(milliseconds >= 10 for session in direct + first for milliseconds in session)
        herd = measure_herd(stage, "h2", "did", 2, 5)
        assert herd.failed == {}
        assert len(herd.sessions) == len(herd.direct) == len(herd.resumes) == len(herd.speaks) == len(herd.ends) == 5
        assert herd.closes
        assert (herd.calls >= 5 * 4, herd.refused) == (True, 0)
