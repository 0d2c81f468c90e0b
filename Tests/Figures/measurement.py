"""One command, the figures that it prints, and what they have to be."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Measurement:
    title: str
    # What is played, in a sentence or two.
    words: str
    command: str
    # What a reader is told: words and the name of a figure.
    rows: tuple
    # Figures that must be 0.
    zeros: tuple = ()
    # Figures that must be at least so much: a run that met nothing shows nothing.
    at_least: dict = dataclasses.field(default_factory=dict)
    # Figures that must be less than so much.
    less_than: dict = dataclasses.field(default_factory=dict)
    # Pairs of figures that must be the same.
    equal: tuple = ()

    def mistakes(self, found):
        """Why these figures must not be published."""
        wanted = [name for _, name in self.rows] + [*self.zeros, *self.at_least, *self.less_than, *[name for pair in self.equal for name in pair]]
        missing = sorted({name for name in wanted if name not in found})
        if missing:
            return [f"not measured: {', '.join(missing)}"]
        return [
            *[f"{name} is {found[name]:g}, not 0" for name in self.zeros if found[name] != 0],
            *[f"{name} is {found[name]:g}, less than {least}" for name, least in self.at_least.items() if found[name] < least],
            *[f"{name} is {found[name]:g}, not less than {most}" for name, most in self.less_than.items() if found[name] >= most],
            *[f"{one} is {found[one]:g} and {other} {found[other]:g}" for one, other in self.equal if found[one] != found[other]],
        ]

    def table(self, found):
        lines = [f"| {words} | {number(found[name], name)} |" for words, name in self.rows]
        return "\n".join(["| figure | value |", "|---|---:|", *lines])

    def section(self, found):
        return f"### {self.title}\n\n{self.words}\n\n```sh\n{self.command}\n```\n\n{self.table(found)}"


def number(value, name):
    """Times of a few milliseconds keep a decimal; what is counted has none."""
    return f"{value:.1f}" if name.endswith("Ms") and value < 100 else f"{value:.0f}"
