"""What a metric group says of one measure: a value for each of its raw rows. Called by `merge` and `impossible`."""

from clarity_pipeline.clarity.group import Group
from clarity_pipeline.clarity.measure import Measure, Number

Column = list[Number | None]


def values_of(group: Group, measure: Measure) -> Column:
    """By row of the group; None where a field that it is made of was not sent, or could not be read."""
    fields = [group.numbers[field] for field in measure.fields]
    make = measure.make
    if make is None:
        return fields[0]
    return [None if None in sent else make(*sent) for sent in zip(*fields, strict=True)]
