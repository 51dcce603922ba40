"""What a fault of the torture is, and the night it happens in. The faults themselves are in `faults` and `machine`."""

import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from clarity_pipeline_tests.world import World


@dataclass(frozen=True)
class Night:
    """The home and its seed's chance, with copies of it as it was the night before and this evening, as a back-up has them.

    `environment` is what the fault says otherwise to commands; `stack` is closed when all is over.
    """

    world: World
    chance: random.Random
    before: Path
    evening: Path
    stack: ExitStack
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """What it does before the night, and what a person does about it, once told, who has a back-up of the evening.

    `must_be_told` is false of one that costs nothing, which may pass in silence. `may_cost_lanes` is true of one after which a
    lane may be lost, if its job says why and none of its rows is there.
    """

    do: Callable[[Night], None]
    undo: Callable[[Night], None] | None = None
    must_be_told: bool = True
    may_cost_lanes: bool = False
    needs_root: bool = False
