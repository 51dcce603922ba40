"""How the benchmarks speak: a table for a person, one JSON document with `--json`, exit status 1 when a target is missed."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number; `target` is what it must reach (`at_least`) or stay under, where there is one."""

    what: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = True

    @property
    def met(self) -> bool:
        """Whether the target is reached; nothing to miss without one."""
        if self.target is None:
            return True
        return self.value >= self.target if self.at_least else self.value < self.target


def arguments(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    return parser


def finish(figures: Sequence[Figure], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(figure) | {"met": figure.met} for figure in figures], indent=2))
    else:
        for figure in figures:
            target = "" if figure.target is None else f"{'>=' if figure.at_least else '<'} {figure.target:g}"
            verdict = "" if figure.target is None else ("ok" if figure.met else "MISSED")
            print(f"{figure.what:<64} {figure.value:>10,.2f} {figure.unit:<8} {target:<8} {verdict}")
    sys.exit(0 if all(figure.met for figure in figures) else 1)
