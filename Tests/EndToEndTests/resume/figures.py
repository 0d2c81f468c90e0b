"""Tells `make figures` what a test counted; seen where pytest runs with `-s`."""


def tell(**counted):
    """One line a figure; the names are those that Tests/Figures/write_reliability.py asks for."""
    # The first line is the end of pytest's own.
    print()
    for name, value in counted.items():
        print(f"FIGURE {name} {value}", flush=True)


def percentile(times, part):
    """The smallest of the times that so many hundredths of them do not exceed."""
    ranked = sorted(times)
    return ranked[max(0, -(-len(ranked) * part // 100) - 1)]
