"""Which answer in the vault stands for a lane: asked by `capture` before it pays, and by whoever loads the lane.

Decided anew each time from what lies in the vault, by today's parser: a better parser takes back what an older one refused.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from clarity_pipeline.clarity.answer import Answer, parse
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.clarity.fetchable import covers_enough
from clarity_pipeline.vault import StoredAnswer, Vault


def usable_answer(vault: Vault, *, business_id: str, date: date, asked: Slice) -> tuple[StoredAnswer, Answer] | None:
    """The lane's best answer: of one day, covering enough of the date, and well-formed. Spends nothing.

    What the pipeline asked for comes before a person's tests, newer before older (`Vault.answers`). Raises `VaultDamaged`.
    """
    return first_well_formed(vault, answers_of_one_day(vault, business_id=business_id, date=date, slice_name=asked.name), asked)


def first_well_formed(vault: Vault, answers: Iterable[StoredAnswer], asked: Slice) -> tuple[StoredAnswer, Answer] | None:
    """The first of `answers` that today's parser takes. Raises `VaultDamaged`."""
    for stored in answers:
        try:
            return stored, parse(vault.read(stored), asked=asked.by(stored.dimensions))
        except AnswerMalformed:
            continue
    return None


def answers_of_one_day(vault: Vault, *, business_id: str, date: date, slice_name: str) -> Iterator[StoredAnswer]:
    """Those that may stand for the lane if they are well-formed, the one to prefer first."""
    for stored in vault.answers(business_id, date=date, slice_name=slice_name):
        if stored.num_of_days == 1 and covers_enough(date, start=stored.window_start, end=stored.window_end):
            yield stored
