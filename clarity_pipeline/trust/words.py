"""What was found, in words: said alike by `status`, the asset checks and whoever shows a lane to a person. Pure."""

from clarity_pipeline.trust.finding import Finding

_TOLD_BY = {
    "uncut_lane": "about {share:.0%} of the date's visits to pages, judging by a lane that is whole",
    "time_on_pages": "about {share:.0%} of the date's visits to pages, judging by the site's totals and the time on its pages",
    "pages_per_session": "at least {share:.0%} of the date's visits to pages, judging by the site's totals and pages a session",
}
_REASONS = {
    "other_lane_not_loaded": "the other lane is not loaded",
    "cut_at_cap": "one of the two is cut at 1,000 rows",
    "asked_without_url": "one of the two was asked for without URLs, to back off from the cut",
    "metric_missing": "a metric is missing in Clarity's answer",
    "no_sessions": "there were no sessions",
    "nothing_to_compare_with": "there is no whole lane and there are no totals to compare with",
}


def covered(share: float | None, method: str | None) -> str:
    """How much of its date a cut lane tells; follows "its rows tell"."""
    if share is None or method is None:
        return "a part of the date's visits to pages that nobody knows, for want of a whole lane or of the totals to compare with"
    return _TOLD_BY[method].format(share=share)


def sentence(finding: Finding) -> str:
    """One finding, for a person: counts and no URL."""
    against = f" against {finding.other_slice}" if finding.other_slice else ""
    if finding.passed is None:
        return f"{finding.slice_name}{against}: nothing to say, since {_REASONS[finding.reason or 'metric_missing']}."
    verdict = "within" if finding.passed else "beyond"
    return (
        f"{finding.slice_name}{against}: {_number(finding.seen)} seen, {_number(finding.expected)} expected,"
        f" {verdict} a tolerance of {_number(finding.tolerance)}."
    )


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3f}"
