"""The findings about pages, a part of the registry of `codes`: what is folded that people mean apart, and the other way round."""

from clarity_pipeline.trust.code import Code

_PREVIEW = (
    "`clarity-pipeline pages preview SLUG` shows which pages they would be; `update` with the options that it says, and"
    " `replay`, make them so"
)

PAGE_CODES: tuple[Code, ...] = (
    Code(
        code="query_routes",
        severity="warning",
        sentence="{figure:.0%} of its visits are on paths whose pages hang on parameters that are dropped ({metric})",
        what_to_do=_PREVIEW,
        figure="share of the visits that are on such paths, 0 to 1",
        of_answer=True,
        for_client=True,
    ),
    Code(
        code="hash_routes",
        severity="warning",
        sentence="{figure:.0%} of its visits are on paths whose pages stand behind a hash, which is dropped",
        what_to_do=_PREVIEW,
        figure="share of the visits that are on such paths, 0 to 1",
        metric="url",
        of_answer=True,
        for_client=True,
    ),
    Code(
        code="other_hosts",
        severity="info",
        sentence="{figure:.0%} of its visits are on hosts that are not the site's, such as a translating proxy",
        what_to_do="`clarity-pipeline pages preview SLUG` names them; `clarity-pipeline update SLUG --other-hosts grouped` makes"
        " them one page, `--site` says that one is its own",
        figure="share of the visits that are on other hosts, 0 to 1",
        metric="url",
        of_answer=True,
    ),
    Code(
        code="no_web_pages",
        severity="info",
        sentence="{figure:.0%} of its visits are on what is no address on the web, such as about:blank, a file or an app",
        what_to_do="`clarity-pipeline pages preview SLUG` names them; `clarity-pipeline update SLUG --non-web grouped` makes"
        " them one page",
        figure="share of the visits that are on no address on the web, 0 to 1",
        metric="url",
        of_answer=True,
    ),
    Code(
        code="folded_upper_bound",
        severity="info",
        sentence="up to {figure:.0%} of its visits are counted more than once, where several addresses are one page: sessions and"
        " users of such pages are upper bounds",
        what_to_do="nothing: events and times add up all the same; `clarity-pipeline pages preview SLUG` says more",
        figure="share of the visits that may have been counted before, on another address of the page, 0 to 1",
        metric="sessions",
        of_answer=True,
        for_client=True,
    ),
)
"""Found by `page_findings`."""
