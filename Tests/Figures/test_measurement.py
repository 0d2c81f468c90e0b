"""What is not as it must be is not published."""

import pytest
from measurement import Measurement
from measurements import MEASUREMENTS
from write_reliability import figures

SAMPLE = Measurement(
    title="A title", words="Words.", command="true", rows=(("asked", "asked"), ("time, in ms", "timeMs")),
    zeros=("doubles",), at_least={"asked": 10}, less_than={"timeMs": 5}, equal=(("asked", "said"),),
)
GOOD = {"asked": 10.0, "said": 10.0, "doubles": 0.0, "timeMs": 3.14}


def test_good_figures_are_a_table():
    assert SAMPLE.mistakes(GOOD) == []
    assert SAMPLE.table(GOOD).splitlines()[2:] == ["| asked | 10 |", "| time, in ms | 3.1 |"]
    assert "```sh\ntrue\n```" in SAMPLE.section(GOOD)


@pytest.mark.parametrize(
    ("change", "mistake"),
    [({"doubles": 1.0}, "doubles is 1"), ({"asked": 9.0, "said": 9.0}, "less than 10"), ({"timeMs": 5.0}, "not less than 5"), ({"said": 9.0}, "said 9")],
)
def test_bad_figures_are_told(change, mistake):
    assert any(mistake in told for told in SAMPLE.mistakes(GOOD | change))


@pytest.mark.parametrize("name", GOOD)
def test_a_figure_that_was_not_measured_is_told(name):
    assert SAMPLE.mistakes({key: value for key, value in GOOD.items() if key != name}) == [f"not measured: {name}"]


def test_what_several_tests_count_is_added_up():
    assert figures("FIGURE a 2\n.FIGURE b 1\nFIGURE a 0.5\nFIGURE c x\n") == {"a": 2.5}


@pytest.mark.parametrize("measurement", MEASUREMENTS, ids=lambda measurement: measurement.title)
def test_no_measurement_is_content_with_nothing(measurement):
    """All zeros are not a good result."""
    names = {name for _, name in measurement.rows} | set(measurement.zeros) | {n for pair in measurement.equal for n in pair}
    assert measurement.mistakes(dict.fromkeys(names | set(measurement.at_least), 0.0))
