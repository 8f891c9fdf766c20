"""What every benchmark says: lines of progress, broken limits, and its figures in the last line."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass


def say(line: str) -> None:
    """A line of progress."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def say_figures(figures: Mapping[str, float], *, decimals: int) -> None:
    """The last line, `key=value ...`."""
    say(" ".join(f"{name}={value:.{decimals}f}" for name, value in figures.items()))


@dataclass(frozen=True, slots=True)
class Limits:
    """What figures must hold. most: no more than; least: no less than."""

    most: Mapping[str, float]
    least: Mapping[str, float]

    @property
    def names(self) -> set[str]:
        """The figures that have one."""
        return {*self.most, *self.least}

    def broken(self, figures: Mapping[str, float]) -> list[str]:
        """A sentence for each limit that isn't held."""
        over = [f"{name} is over {most:g}" for name, most in self.most.items() if figures[name] > most]
        under = [f"{name} is under {least:g}" for name, least in self.least.items() if figures[name] < least]
        return over + under
