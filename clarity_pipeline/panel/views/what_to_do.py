"""What to do about a finding with the means of a browser: `doctor` speaks of commands to whoever runs the installation.

Called by `findings`. A finding whose own words have no command keeps them; one without a line here whose words do is for whoever
runs the installation, and that is said.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from clarity_pipeline.upkeep.doctor.finding import Finding

_OPTION = re.compile(r"(?<!\S)--([a-z][a-z-]*)")
_COMMAND = re.compile(r"`|(?:^|\s)--[a-z]")

_REREAD = "nothing: what came is kept, and is read anew once a newer version can"
_OTHERS = "use the other numbers of that date"
_COMPARE = "rely on neither where two tables of that date tell different things; whoever runs the installation can compare them"
_PAGES = "ask whoever runs the installation: they see which pages there would be before it is changed"
_AGAIN = "test the channel once it is mended: what waits goes out with the first message that is taken"
_RULES = "switch a ready rule on under Rules, or have one made"

WHAT_TO_DO: Mapping[str, str] = MappingProxyType(
    {
        "impossible_number": _OTHERS,
        "number_out_of_range": _OTHERS,
        "impossible_in_a_fold": _OTHERS,
        "step_failed": "the next daily sync tries again; where it stays, tell whoever runs the installation",
        "tuple_is_twice": "tell whoever runs the installation: the rows have to be made anew, which takes no call",
        "metric_unreadable": _REREAD,
        "rows_unreadable": _REREAD,
        "cell_unreadable": _REREAD,
        "metric_missing": "nothing, if it comes again; else ask whoever runs the installation what changed in Clarity's answers",
        "lane_cut": "use rates, and the numbers of tables that are whole",
        "visits_differ": _COMPARE,
        "events_differ": _COMPARE,
        "bot_share_differs": _COMPARE,
        "urls_differ": _COMPARE,
        "visits_beside_totals": _COMPARE,
        "events_beside_totals": _COMPARE,
        "unfilled_placeholder": "mend the address in the ad tool: a template stands where a name should be",
        "broken_page_address": "mend the links that lead there",
        "query_routes": _PAGES,
        "hash_routes": _PAGES,
        "list_beside_dimensions": "nothing: it is kept",
        "other_hosts": "if one of the hosts is the site's own, add it to the site under Connection; else " + _PAGES,
        "no_web_pages": _PAGES,
        "folded_upper_bound": "nothing: events and times add up all the same",
        "no_rule": _RULES,
        "rules_have_no_data": "see the sync jobs under Connection: a rule needs every date of its window",
        "site_said": "nothing: the next daily sync looks at them again, without a call",
        "site_learned": "nothing, if it is; else write the right one into Site under Connection",
        "other_site": "paste a token of its own project under Connection; or, where that is its site now, say so there",
        "channel_cannot_deliver": _AGAIN,
        "channel_silent": f"see that the receiver answers, then {_AGAIN}",
        "channel_reaches_some": _AGAIN,
        "channel_test_did_not_arrive": "see what became of it there, then test the channel again",
    }
)
"""By code of the finding."""

_OF_THE_INSTALLATION = "tell whoever runs the installation"


def in_browser(finding: Finding) -> Finding:
    """The finding with nothing in it that is typed at a command line."""
    words = WHAT_TO_DO.get(finding.code, finding.what_to_do)
    words = _OF_THE_INSTALLATION if _COMMAND.search(words) else words
    sentence = _OPTION.sub(r"“\1”", re.sub(r"`([^`]*)`", r"“\1”", finding.sentence))
    return replace(finding, what_to_do=words, sentence=sentence)
