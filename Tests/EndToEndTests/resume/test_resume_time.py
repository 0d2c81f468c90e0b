"""The same session, resumed again and again: the relay lives and the connection is cut, or the relay is killed.

`ROUNDS` says how often. What is asserted is what the client gets back; how long that took is only told.
"""

import os

import pytest
from figures import percentile, tell
from resuming_client import ReturningClient

ROUNDS = int(os.environ.get("ROUNDS", "20"))


@pytest.mark.parametrize("trouble", ["cut", "kill"])
def test_the_session_is_back(own_mock, tmp_path, trouble):
    returning = ReturningClient(own_mock, tmp_path / "ledger.db")
    try:
        times = [returning.round(number, getattr(returning, trouble)) for number in range(ROUNDS)]
        said = returning.judge()
        assert len(returning.fates) == ROUNDS
        assert trouble == "kill" or (returning.replayed >= ROUNDS // 2 and None not in returning.fates.values())
    finally:
        with returning.relay:
            pass
    tell(**{
        f"{trouble}Resumes": len(times),
        f"{trouble}MedianMs": f"{percentile(times, 50):.1f}",
        f"{trouble}SlowMs": f"{percentile(times, 99):.1f}",
        f"{trouble}Replayed": returning.replayed,
        f"{trouble}Talks": len(returning.fates),
        f"{trouble}UnknownTalks": sum(1 for talk in returning.fates.values() if talk is None),
        f"{trouble}DoubleSpeaks": sum(1 for count in said.values() if count > 1),
        f"{trouble}LeftOpen": own_mock.open_sessions(),
    })
