"""What an import or a sync would make of the stored rules: a pure plan, the same that a dry run prints and a real one writes.

Made by `rule_store` inside its transaction. A rule's revision grows only when its meaning changed. Nothing is ever deleted: what
a folder that is the master no longer has is put out of use, and its history stays readable.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError

from clarity_pipeline.rules.language.difference import FieldChange, difference
from clarity_pipeline.rules.language.rule import Rule

Turn = Literal["added", "changed", "enabled", "disabled", "unchanged"]


class Kept(NamedTuple):
    """A row of the store as it is: `document` may be one that only an older release can read."""

    rule_id: str
    revision: int
    document: Mapping[str, Any]
    author: str | None = None


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What becomes of one rule: `revision` and `document` are those afterwards, `fields` what differs.

    `author_before` names who saved the revision before, where there was one.
    """

    rule_id: str
    turn: Turn
    revision: int
    document: Mapping[str, Any]
    fields: tuple[FieldChange, ...] = ()
    author_before: str | None = None


def imported(kept: Mapping[str, Kept], rules: Iterable[Rule]) -> tuple[RuleChange, ...]:
    """The given rules added or replaced by id, in their order; no other is touched."""
    return tuple(_change(rule.id, kept.get(rule.id), rule.document()) for rule in rules)


def synced(kept: Mapping[str, Kept], rules: Iterable[Rule]) -> tuple[RuleChange, ...]:
    """The same, and every rule that is not given is put out of use, those last."""
    given = imported(kept, rules)
    return (*given, *switched(kept, sorted(kept.keys() - {each.rule_id for each in given}), enabled=False))


def switched(kept: Mapping[str, Kept], rule_ids: Iterable[str], *, enabled: bool) -> tuple[RuleChange, ...]:
    """Known rules put to use or out of use."""
    return tuple(
        _change(rule_id, kept[rule_id], {**_as_read(kept[rule_id].document), "enabled": enabled}) for rule_id in rule_ids
    )


def _change(rule_id: str, was: Kept | None, document: Mapping[str, Any]) -> RuleChange:
    if was is None:
        return RuleChange(rule_id, "added", 1, document, difference({}, document))
    fields = difference(_as_read(was.document), document)
    if not fields:
        return RuleChange(rule_id, "unchanged", was.revision, document)
    return RuleChange(rule_id, _turn(fields), was.revision + 1, document, fields, was.author)


def _turn(fields: tuple[FieldChange, ...]) -> Turn:
    """Enabled or disabled where nothing else differs."""
    if [each.path for each in fields] != ["enabled"]:
        return "changed"
    return "enabled" if fields[0].after else "disabled"


def _as_read(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """With the defaults of fields that are newer than the document, so that an upgrade by itself changes no rule."""
    try:
        return Rule.model_validate(document).document()
    except ValidationError:
        return document
