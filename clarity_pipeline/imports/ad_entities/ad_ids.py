"""Ids of ads as platforms give them, 15 to 18 digits, and what spreadsheets make of them: told apart before anything is loaded.

Called by `columns`. A number of a spreadsheet keeps 15 digits and a floating-point number 53 bits, so `120211480001230456` comes
as `1.20211E+17`, `120211480001230000` or `120211480001230464`: a new ad to whoever believes it, while rules on the true id fall
silent, and two ads of one campaign become the same one. The true ids that are known already say what a rounded one was.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import NamedTuple

from clarity_pipeline.imports.files.cells import NotUsable, Read, text
from clarity_pipeline.imports.files.problems import SHOWN, Problems

CURE = "a spreadsheet has rounded the ids: export again, read the column as text"

KEPT_DIGITS = 15
"""What a spreadsheet keeps of a number; doubles begin to round a digit later."""

ID, PARENT_ID = "id", "parent_id"
LONGEST = 200
_NAMED = 2
_FEW = 3

_SCIENTIFIC = re.compile(r"[0-9]+[.,][0-9]+[eE][+-]?[0-9]{1,3}|[0-9]+[eE][+-][0-9]{1,3}")
_FRACTION = re.compile(r"[0-9]+[.,]0+")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[,.'\u00a0\u2009\u202f ][0-9]{3}){2,}")
_DIGITS = re.compile(r"[0-9]+")

PARENTS = "parents"

KnownIds = Callable[[], Mapping[str, Mapping[str, Collection[str]]]]
"""By business and kind (a level, or `PARENTS`), the long ids that are stored; asked only where a file makes it worth while."""


def no_ids() -> Mapping[str, Mapping[str, Collection[str]]]:
    """Nothing is stored yet."""
    return {}


def _cut(digits: str) -> str:
    return digits[:KEPT_DIGITS] + "0" * (len(digits) - KEPT_DIGITS)


def _rounded(digits: str) -> str:
    step = Decimal(10) ** (len(digits) - KEPT_DIGITS)
    return str(int((Decimal(digits) / step).quantize(Decimal(1), ROUND_HALF_UP) * step))


def _double(digits: str) -> str:
    return str(int(float(digits)))


def _shortest(digits: str) -> str:
    """As JavaScript writes a double: seventeen digits, then zeros."""
    return str(int(Decimal(repr(float(digits)))))


_TO_ZEROS = (_cut, _rounded)
_TO_DOUBLES = (_double, _shortest)


def is_long(ad_id: str) -> bool:
    """Whether a number of a spreadsheet cannot hold it."""
    return len(ad_id) > KEPT_DIGITS and _DIGITS.fullmatch(ad_id) is not None


class _Place(NamedTuple):
    line: int
    column: str
    kind: str


@dataclass
class AdIds:
    """The ids of one file; `known` are those that are stored, `trusted` switches off what is guessed and not certain."""

    known: KnownIds
    trusted: bool = False
    _found: dict[str, dict[str, _Place]] = field(default_factory=lambda: defaultdict(dict))
    _twice: list[tuple[int, int, str]] = field(default_factory=list)
    _hinted: int = 0

    @cached_property
    def _known(self) -> Mapping[str, Mapping[str, Collection[str]]]:
        return self.known()

    def reader(self, column: str) -> Read:
        """What a cell of an id may say."""
        plain = text(longest=LONGEST)

        def read(cell: str) -> str:
            ad_id: str = plain(cell.removeprefix("'"))
            if _SCIENTIFIC.fullmatch(ad_id):
                raise NotUsable(f"is written as 1.2E+17 is; {CURE}{self._hint(ad_id, column)}")
            if _FRACTION.fullmatch(ad_id):
                raise NotUsable(f"is a number with a fraction; {CURE}")
            if _GROUPED.fullmatch(ad_id):
                raise NotUsable("has separators between thousands; export again, read the column as text")
            return ad_id

        return read

    def take(self, business_id: str, ad_id: str, *, line: int, column: str, level: str) -> None:
        """One more id of the file; `level` is that of its row."""
        if is_long(ad_id):
            kind = level if column == ID else PARENTS
            self._found[business_id].setdefault(ad_id, _Place(line, column, kind))

    def twice(self, ad_id: str, *, line: int, first: int) -> bool:
        """Whether the same key on two lines may be two ads that were rounded alike; it is told by `judge` then."""
        if is_long(ad_id):
            self._twice.append((line, first, ad_id))
        return is_long(ad_id)

    def judge(self, problems: Problems) -> None:
        """Add what is wrong with the ids of the whole file: rounded ones that are known, rounded alike; warn of what may be."""
        found = {ad_id for ids in self._found.values() for ad_id in ids}
        zeros = {ad_id for ad_id in found if _cut(ad_id) == ad_id}
        are_doubles = bool(found) and all(_double(ad_id) == ad_id or _shortest(ad_id) == ad_id for ad_id in found)
        for line, first, ad_id in self._twice:
            if not self.trusted and (ad_id in zeros or are_doubles):
                problems.at(line, None, f"has business, date, level and id of line {first:,} because both were rounded; {CURE}")
            else:
                problems.at(line, None, f"has business, date, level and id of line {first:,}; leave one out")
        if self.trusted or not found:
            return
        before = problems.count
        for business_id, ids in self._found.items():
            for ad_id, originals in self._rounded_from(business_id, ids, zeros=zeros, are_doubles=are_doubles):
                place = ids[ad_id]
                what = f"is what rounding makes of {_listed(originals)}, which {_is(originals)} known; {CURE}"
                problems.at(place.line, place.column, what)
        if problems.count == before and _too_many(zeros, found):
            problems.warn(
                f"{len(zeros)} of {len(found)} long ids end in zeros, as rounded ones do (120211480001230000); if {CURE}"
            )

    def _rounded_from(
        self, business_id: str, ids: Mapping[str, _Place], *, zeros: Collection[str], are_doubles: bool
    ) -> Iterator[tuple[str, list[str]]]:
        """The ids of a business that are another id of it rounded, with the known ones that they were."""
        suspects = [ad_id for ad_id in ids if ad_id in zeros or are_doubles]
        if not suspects:
            return
        kinds = self._known.get(business_id, {})
        known = {each for ids_of_kind in kinds.values() for each in ids_of_kind if is_long(each)}
        there = {_cut(ad_id) for ad_id in ids if ad_id not in zeros}  # whole ids of the same beginning: nothing was cut
        made: dict[str, set[str]] = defaultdict(set)
        for each in known:
            for rounding in _TO_ZEROS:
                made[rounding(each)].add(each)
            if are_doubles:
                for rounding in _TO_DOUBLES:
                    made[rounding(each)].add(each)
        for ad_id in suspects:
            originals = sorted(made[ad_id] - {ad_id})
            # of 16 digits one id in ten ends in a zero by itself
            of_zeros = ad_id in zeros and ad_id not in there and (len(ad_id) > KEPT_DIGITS + 1 or len(zeros) == len(ids) > _FEW)
            if originals and (of_zeros or (are_doubles and ad_id not in known)):
                alike = set(kinds.get(ids[ad_id].kind, ()))
                yield ad_id, [each for each in originals if each in alike] or originals

    def _hint(self, ad_id: str, column: str) -> str:
        """The known ids that a number in scientific notation may have been."""
        if self._hinted >= SHOWN:  # no more are told
            return ""
        self._hinted += 1
        mantissa = re.split("[eE]", ad_id.replace(",", "."))[0]
        digits = len(mantissa.replace(".", "")) - 1
        value = Decimal(ad_id.replace(",", "."))
        found = sorted(
            {
                each
                for kinds in self._known.values()
                for kind, ids in kinds.items()
                if (kind == PARENTS) is (column != ID)
                for each in ids
                if is_long(each) and Decimal(f"{Decimal(each):.{digits}E}") == value
            }
        )
        return f"; it was {_listed(found)}, which {_is(found)} known" if 0 < len(found) <= _NAMED else ""


def _listed(ids: list[str]) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    joined = ", ".join(ids[:_NAMED]) if more else " or ".join(ids)
    return joined + more


def _is(ids: list[str]) -> str:
    return "is" if len(ids) == 1 else "are"


def _too_many(zeros: Collection[str], found: Collection[str]) -> bool:
    """More ids that end in zeros than chance makes of whole ones: of 18 digits one in a thousand, of 16 one in ten."""
    expected = sum(10.0 ** (KEPT_DIGITS - len(ad_id)) for ad_id in found)
    return len(zeros) > expected + 3 * math.sqrt(expected)
