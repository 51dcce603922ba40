"""What is known to be wrong or missing in the data themselves: the findings of `clarity_findings` that stand.

Read out of the published copy by `diagnose`; one a business and kind, the same kind in several lanes told together.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType

from clarity_pipeline.trust.found import Found
from clarity_pipeline.upkeep.doctor.finding import Finding, Severity
from clarity_pipeline.warehouse.findings import EVERYBODY

_AS: Mapping[str, Severity] = MappingProxyType({"error": "error", "warning": "warning", "info": "note"})
_SHOWN = 3


def data_findings(standing: Iterable[Found], *, asked: Collection[str]) -> Iterator[Finding]:
    """Findings about data as the doctor says them; a warning among them makes numbers doubtful and stops nothing."""
    alike: dict[tuple[str, str], list[Found]] = defaultdict(list)
    for each in standing:
        if each.business_id in asked or each.business_id == EVERYBODY:
            alike[each.business_id, each.code].append(each)
    for (business_id, code), found in alike.items():
        lanes: dict[str, list[str]] = defaultdict(list)
        for each in found:
            lanes[f"{each.said}, {each.when}"].append(each.slice)
        said = [f"{', '.join(names)}: {what}" for what, names in list(lanes.items())[:_SHOWN]]
        more = f"; and {len(lanes) - _SHOWN} more like it" if len(lanes) > _SHOWN else ""
        yield Finding(
            code,
            _AS.get(found[0].severity, "note"),
            None if business_id == EVERYBODY else business_id,
            "; ".join(said) + more,
            found[0].what_to_do,
            for_client=found[0].for_client,
            is_of_data=True,
        )
