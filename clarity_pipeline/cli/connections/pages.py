"""The commands about what a page is: `pages preview`. It makes no call and changes nothing."""

from typing import TYPE_CHECKING, Any

import click

from clarity_pipeline.cli.connections.page_options import page_changes, page_options
from clarity_pipeline.cli.output import InOrder, print_json, print_paragraph
from clarity_pipeline.connections.page_options import as_options
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings

if TYPE_CHECKING:
    from clarity_pipeline.normalize.page_proposals import Proposal
    from clarity_pipeline.upkeep.page_preview import Preview

_MOST_PARTS = 5


@click.group(
    cls=InOrder,
    epilog="""\b
Examples:
  clarity-pipeline pages preview acme
  clarity-pipeline pages preview acme --keep-parameter p --hash-routes""",
)
def pages() -> None:
    """What is a page of a business.

    Some sites tell their pages apart behind a hash or in a parameter, which are folded by default; others have one page in many
    spellings. `update` says how it is for a business, `pages preview` shows before what comes of it, `replay` applies it.
    """


@pages.command(
    epilog="""\b
Examples:
  clarity-pipeline pages preview acme
  clarity-pipeline pages preview acme --keep-parameter route --keep-parameter product_id
  clarity-pipeline pages preview acme --path-pattern /product/:name --other-hosts grouped --json"""
)
@click.argument("slug")
@page_options
@click.option("--days", type=click.IntRange(min=1, max=400), default=28, show_default=True, metavar="N", help="How many dates.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document for programs.")
def preview(slug: str, days: int, as_json: bool, **given: Any) -> None:
    """Show what page settings would make of the visits in the vault.

    Takes the page options of `update`, on top of what the business has. Without any it shows what the addresses themselves
    speak for: parameters and hashes that tell pages apart, spellings of one page, visits on other hosts. Nothing is changed.
    """
    from clarity_pipeline.upkeep.page_preview import preview as previewed

    changes = page_changes(given)
    with open_home(Settings.from_env()) as home:
        found = previewed(home, slug, changes, days=days)
    if as_json:
        print_json(_document(found))
        return
    _say(found)


def _say(found: "Preview") -> None:
    slug = found.business_id
    if not found.dates:
        click.echo(f"The vault has no answer of {slug} yet; `clarity-pipeline sync` brings one.")
        return
    span = f"{found.dates[0]} to {found.dates[-1]}" if len(found.dates) > 1 else str(found.dates[0])
    click.echo(f"{slug}, {span}: {found.visits:,} visits of pages.")
    if found.is_proposed:
        click.echo("Proposed, since these addresses speak for it:")
        for each in found.proposals:
            print_paragraph(f"- {proposal_sentence(each)}", indent="  ", hanging="  ")
    elif not found.changes:
        click.echo("Nothing speaks for other pages than today's; give the options of `update` to try some.")
    for warning in found.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(
        f"Pages: {found.pages_today:,} today, {found.pages_after:,} after. Of today's, {found.merged:,} become one with others,"
        f" and {found.split:,} become several."
    )
    for example in found.examples:
        _say_example(found, example)
    _say_others("on other hosts", found.other_hosts, found)
    if found.other_hosts and found.pages.site_hosts:
        known = " ".join(f"--site {host}" for host in found.pages.site_hosts)
        print_paragraph(f"Where one of them is the business's own, `clarity-pipeline update {slug} {known} --site HOST` says so.")
    _say_others("on no web page", found.no_web_pages, found)
    if found.upper_bounds:
        print_paragraph(
            f"{found.upper_bounds:.1%} of the visits are on pages that stand for several addresses: there, sessions and users are"
            " upper bounds, since one visit may have been on more than one."
        )
    if found.changes:
        click.echo(f"To have it so:\n  clarity-pipeline update {slug} {as_options(found.changes)}\n  clarity-pipeline replay")


def _say_example(found: "Preview", example: Any) -> None:
    share = found.share(example.visits)
    of_all = "" if share is None else f", {share:.1%}"
    words = "becomes one page of" if example.kind == "merged" else "becomes"
    click.echo(f"{example.page} ({example.visits:,} visits{of_all}) {words}")
    parts = list(example.parts.items())
    for page, visits in parts[:_MOST_PARTS]:
        click.echo(f"    {page or '(empty)'} ({visits:,})")
    if len(parts) > _MOST_PARTS:
        click.echo(f"    and {len(parts) - _MOST_PARTS} more")


def _say_others(where: str, visits: Any, found: "Preview") -> None:
    from clarity_pipeline.normalize.hosts import named

    if visits:
        share = found.share(sum(visits.values())) or 0.0
        print_paragraph(f"{sum(visits.values()):,} visits ({share:.1%}) {where}: {named(visits, most=_MOST_PARTS)}.")


def proposal_sentence(proposal: "Proposal") -> str:
    """What speaks for it."""
    from clarity_pipeline.upkeep.page_preview import settings_of

    share = f"{proposal.share:.1%} of the visits are"
    return {
        "query_routes": f"{share} on paths whose pages hang on parameters of the query: {proposal.about}",
        "hash_routes": f"{share} on paths whose pages stand behind a hash, such as /#/pricing",
        "page_spellings": f"{share} on a second spelling of a page: {as_options(settings_of(proposal))}",
        "other_hosts": f"{share} on hosts that are not the site's: {proposal.about}",
        "no_web_pages": f"{share} on what is no address on the web: {proposal.about}",
    }[proposal.code]


def _document(found: "Preview") -> dict[str, Any]:
    from clarity_pipeline.upkeep.page_preview import settings_of

    def share_of(visits: Any) -> dict[str, Any]:
        total = sum(visits.values())
        return {"visits": total, "share": found.share(total), "by_name": dict(visits)}

    return {
        "business": found.business_id,
        "dates": [str(day) for day in found.dates],
        "visits": found.visits,
        "pages_today": found.pages_today,
        "pages_after": found.pages_after,
        "is_proposed": found.is_proposed,
        "options": as_options(found.changes),
        "settings": found.pages.document() | {"kept_query_parameters": sorted(found.pages.kept_parameters),
                                              "keep_path_ids": found.pages.keep_path_ids},
        "merged": found.merged,
        "split": found.split,
        "examples": [
            {"kind": e.kind, "page": e.page, "visits": e.visits, "share": found.share(e.visits), "parts": dict(e.parts)}
            for e in found.examples
        ],
        "other_hosts": share_of(found.other_hosts),
        "no_web_pages": share_of(found.no_web_pages),
        "upper_bounds": found.upper_bounds,
        "proposals": [
            {"code": p.code, "share": p.share, "about": p.about, "options": as_options(settings_of(p)),
             "sentence": proposal_sentence(p)}
            for p in found.proposals
        ],
        "warnings": list(found.warnings),
    }  # fmt: skip
