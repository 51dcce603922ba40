"""An error in a step that nobody had thought of: it becomes a reason, a sentence without any value, and a finding that stands.

Wrapped around what each step does: the call, the load, the marts, regimes, rules, messages, publishing. A finding of a lane goes
with its next load or sum; one of the whole installation once the rules have told it. An error's own text may quote what a visitor
left behind, so only its kind is told, and where in our code it was met.
"""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import clarity_pipeline
from clarity_pipeline.errors import ClarityPipelineError, machine_refusal, texts_of
from clarity_pipeline.home import Home
from clarity_pipeline.warehouse import findings
from clarity_pipeline.warehouse.transaction import transaction


class StepEndedUnexpectedly(ClarityPipelineError):
    """Something that no other error says; its cause is `__cause__`, which may quote what must not be told."""

    reason = "unexpected"


class MachineRefuses(ClarityPipelineError):
    """The disk, the system or the database server is in the way; nothing is wrong with us or the data."""

    reason = "machine_refuses"


@dataclass(frozen=True, slots=True)
class Step:
    """What was being done, for which lane; without one for the whole installation, under the step's own name."""

    name: str
    business_id: str = findings.EVERYBODY
    day: date | None = None
    slice: str | None = None

    def __str__(self) -> str:
        lane = [str(each) for each in (self.business_id, self.day, self.slice) if each not in (None, findings.EVERYBODY)]
        return " ".join((self.name, *(("of", *lane) if lane else ())))


@contextmanager
def unexpected_told(home: Home, step: Step) -> Iterator[None]:
    """Raise `StepEndedUnexpectedly` or `MachineRefuses` for what is no `ClarityPipelineError`, once the finding is written."""
    try:
        yield
    except ClarityPipelineError as error:
        if error.reason == StepEndedUnexpectedly.reason:  # met ahead of the step, in a process that writes no finding
            _note(home, step, f"{step.name} ended with an error")
        raise
    except Exception as error:
        if refusal := machine_refusal(*texts_of(error)):
            said = f"{step}: {refusal}, then run it again; what was loaded is kept, and no call is made twice"
            raise MachineRefuses(said) from error
        _note(home, step, f"{step.name} ended with {type(error).__name__}")
        raise StepEndedUnexpectedly(
            f"{step} ended with {type(error).__name__}{_where(error)}, which nobody had thought of; what was loaded before stands"
            " and answers are kept: please report it, then run it again with a newer release, which needs no call for it"
        ) from error


def _note(home: Home, step: Step, said: str) -> None:
    """Write the finding, where the warehouse can be written; the step's own error is what is told, also where it cannot."""
    found = findings.OfAnswer(findings.STEP_FAILED, "error", said, None)
    with suppress(Exception):
        day, whose, where = step.day or home.yesterday(), step.business_id, step.slice or step.name
        with home.warehouse.connect(what="noting a step that failed", keep=True) as connection, transaction(connection):
            findings.forget_failed_steps(connection, business_id=whose, date=day, slice_name=where)
            findings.write_one(connection, found, business_id=whose, date=day, slice_name=where)


def _where(error: Exception) -> str:
    """The innermost place in our own code, without any value."""
    ours = Path(clarity_pipeline.__file__).parent
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if (path := Path(frame.filename)).is_relative_to(ours):
            return f" in {path.relative_to(ours).with_suffix('')} {frame.lineno}"
    return ""
