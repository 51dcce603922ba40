"""What an answer itself is found to be, and no row can tell: what of it could not be read, did not come, or is not known.

Pure. Called by `day.lane_rows` with the answer of a lane; `warehouse.findings` writes it.
"""

from collections.abc import Iterable, Iterator

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.damage import Damage
from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.clarity.wire import METRICS
from clarity_pipeline.normalize.impossible import left_out
from clarity_pipeline.normalize.labels import masked_label
from clarity_pipeline.normalize.page_identity import PageIdentity
from clarity_pipeline.trust.codes import CODE
from clarity_pipeline.warehouse.findings import OfAnswer


def found_in(
    answer: Answer, *, damage: Iterable[Damage], is_pair: bool = False, left_out: int = 0, negative: int = 0
) -> tuple[OfAnswer, ...]:
    """The findings of one lane; `left_out` and `negative` are of a pair's difference, of which lists say nothing."""
    found = [*_damage(damage), *_missing(answer), *_unknown(answer)]
    if not is_pair:
        found += _lists(answer)
    if left_out:
        found.append(_told("rows_not_recovered", None, left_out))
    if negative:
        found.append(_told("difference_below_zero", None, negative))
    return tuple(found)


def _damage(damage: Iterable[Damage]) -> Iterator[OfAnswer]:
    """One a metric and field, whatever different things stood there."""
    lost: dict[tuple[str, str], int] = {}
    for each in damage:
        key = (each.code, f"{each.metric}.{each.field}" if each.field else each.metric)
        lost[key] = lost.get(key, 0) + each.cells
    for (code, metric), cells in lost.items():
        yield _told(code, metric, cells)


def _missing(answer: Answer) -> Iterator[OfAnswer]:
    """Metrics that columns are made of; a day without visits may be an empty array, which misses nothing."""
    if not answer.groups:
        return
    for name in answer.missing_metrics:
        if columns := sum(measure.group == name for measure in MEASURES):
            yield _told("metric_missing", name, columns)


def _unknown(answer: Answer) -> Iterator[OfAnswer]:
    for name in answer.unknown_metrics:
        yield _told("metric_unknown", masked_label(name), answer.row_counts.get(name, 0))


def found_in_numbers(answer: Answer, pages: PageIdentity) -> tuple[OfAnswer, ...]:
    """Numbers that cannot be, and are NULL in the rows: of one raw tuple, or of several, where folding would hide them."""
    found = []
    for each in left_out(answer, pages=pages):
        for code, sessions in (("number_out_of_range", each.alone), ("impossible_in_a_fold", each.folded)):
            if sessions is not None:
                found.append(_told(code, each.column, sessions))
    return tuple(found)


def _lists(answer: Answer) -> Iterator[OfAnswer]:
    if answer.asked.dimensions:
        for name, rows in answer.row_counts.items():
            if name in METRICS and METRICS[name].listed:
                yield _told("list_beside_dimensions", name, rows)


def _told(code: str, metric: str | None, figure: float) -> OfAnswer:
    return OfAnswer(code, CODE[code].severity, metric, figure)
