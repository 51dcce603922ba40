"""What a form changes, told from what it was made with: a page that is old reverts nobody's save.

A form carries, hidden, the values that it showed. A field that is as it was shown is left as it is stored; one that was changed
is stored, unless somebody else has changed it too since: that is refused, with both values said, and stored at the next press.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from clarity_pipeline.errors import ClarityPipelineError


class ChangedMeanwhile(ClarityPipelineError):
    """Somebody has changed the same field since the form was made; nothing was stored."""

    reason = "changed_meanwhile"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Given:
    """One field of a form: what it showed (None: it does not say), what came back, what is stored now."""

    label: str
    shown: str | None
    typed: str
    stored: str
    is_secret: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether this person has changed it."""
        return bool(self.typed) if self.is_secret else self.shown is None or self.typed != self.shown

    @property
    def is_contested(self) -> bool:
        """Whether somebody else has too, to something else."""
        return self.is_changed and self.shown is not None and self.stored not in {self.shown, self.typed}

    @property
    def sentence(self) -> str:
        """What both have made of it."""
        if self.is_secret:
            return f"another {self.label} was stored since this page was made (fingerprint {self.stored or 'none: it is gone'})"
        return f"the {self.label} is “{self.stored}” now and you wrote “{self.typed}”"


def changed(fields: Mapping[str, Given]) -> dict[str, str]:
    """What to store, by name of the field; raise `ChangedMeanwhile` where two people have changed the same."""
    contested = {name: field for name, field in fields.items() if field.is_contested}
    if contested:
        said = "; ".join(field.sentence for field in contested.values())
        again = "Press Update again to store yours" + (
            "; paste the token again for that" if any(field.is_secret for field in contested.values()) else ""
        )
        raise ChangedMeanwhile(f"Somebody else has saved meanwhile: {said}. {again}.", field=next(iter(contested)))
    return {name: field.typed for name, field in fields.items() if field.is_changed}
