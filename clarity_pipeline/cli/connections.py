"""Commands about connections: connect, update, enable, disable, disconnect, status. None of them makes a call."""

import sys
from pathlib import Path
from typing import Any

import click

from clarity_pipeline.businesses.connections import Business
from clarity_pipeline.businesses.status import ADVICE, ConnectionStatus, all_statuses, connection_status
from clarity_pipeline.clarity.token import InvalidToken, Token
from clarity_pipeline.cli.output import print_json, print_table
from clarity_pipeline.rooms import Rooms, open_rooms
from clarity_pipeline.settings import Settings

_PROJECT_ID_HELP = "Clarity -> Settings -> Data Export: 6 to 20 letters and digits."
_TOKEN_HELP = "File that holds the token; - reads standard input. Asked for without echo when not given."  # noqa: S105 - a help text


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline connect acme --project-id abc123def4 --name "Acme Shop"
  clarity-pipeline connect acme --project-id abc123def4 --token-file ./token.txt
  pass show clarity/acme | clarity-pipeline connect acme --project-id abc123def4 --token-file -"""
)
@click.argument("slug")
@click.option("--project-id", required=True, metavar="ID", help=_PROJECT_ID_HELP)
@click.option("--name", metavar="TEXT", help="How people call the business; the slug by default.")
@click.option("--token-file", metavar="FILE|-", help=_TOKEN_HELP)
def connect(slug: str, project_id: str, name: str | None, token_file: str | None) -> None:
    """Connect a business's Clarity project, or reconnect it with a fresh token.

    SLUG names the business everywhere: a-z, 0-9, - and _. The token is encrypted at rest, never printed and never an
    argument. No call is spent; `clarity-pipeline test SLUG` verifies the token with one.
    """
    token = _read_token(token_file)
    with open_rooms(Settings.from_env()) as rooms:
        business = rooms.connections.connect(slug, project_id=project_id, token=token, name=name)
        click.echo(f"Connected {slug} ({business.name}); its next daily sync is soon after 00:00 UTC.")
        _say_facts(rooms, business)


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline update acme --token-file ./new-token.txt
  clarity-pipeline update acme --keep-parameter product --keep-parameter lang"""
)
@click.argument("slug")
@click.option("--project-id", metavar="ID", help=_PROJECT_ID_HELP)
@click.option("--name", metavar="TEXT", help="How people call the business.")
@click.option(
    "--token-file", metavar="FILE|-", help="File that holds a new token, which replaces the stored one; - reads standard input."
)
@click.option(
    "--keep-parameter", "kept", multiple=True, metavar="NAME",
    help="Query parameter that tells pages apart and is kept in URLs; repeat for more. All others are dropped.",
)  # fmt: skip
def update(slug: str, project_id: str | None, name: str | None, token_file: str | None, kept: tuple[str, ...]) -> None:
    """Change a business's project ID, name, token, or the query parameters that its URLs keep."""
    if not (project_id or name or token_file or kept):
        raise click.UsageError("nothing to change: give --project-id, --name, --token-file or --keep-parameter")
    token = _read_token(token_file) if token_file else None
    with open_rooms(Settings.from_env()) as rooms:
        business = rooms.connections.update(
            slug, project_id=project_id, token=token, name=name, kept_query_parameters=kept or None
        )
        click.echo(f"Updated {slug}.")
        _say_facts(rooms, business)


@click.command()
@click.argument("slug")
def enable(slug: str) -> None:
    """Resume the daily sync of a business."""
    with open_rooms(Settings.from_env()) as rooms:
        rooms.connections.enable(slug)
        click.echo(f"Enabled {slug}; its next daily sync is soon after 00:00 UTC.")


@click.command()
@click.argument("slug")
def disable(slug: str) -> None:
    """Pause the daily sync of a business; its token and its history stay."""
    with open_rooms(Settings.from_env()) as rooms:
        business = rooms.connections.disable(slug)
        click.echo(f"Disabled {slug} ({business.disabled_reason}); `clarity-pipeline enable {slug}` resumes it.")


@click.command()
@click.argument("slug")
def disconnect(slug: str) -> None:
    """Forget a business's token; its history stays."""
    with open_rooms(Settings.from_env()) as rooms:
        rooms.connections.disconnect(slug)
        click.echo(f"Disconnected {slug}; its token is gone, its history is kept.")


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline status
  clarity-pipeline status acme --json"""
)
@click.argument("slug", required=False)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def status(slug: str | None, as_json: bool) -> None:
    """Show each business: connected or not, when it was last synced, calls used today, and what to do."""
    with open_rooms(Settings.from_env()) as rooms:
        facts = {"quota": rooms.quota, "jobs": rooms.jobs, "clock": rooms.clock}
        found = (
            [connection_status(rooms.connections.get(slug), **facts)]  # type: ignore[arg-type]
            if slug
            else all_statuses(rooms.connections, **facts)  # type: ignore[arg-type]
        )
    documents = [_document(each) for each in found]
    if as_json:
        print_json(documents)
        return
    columns = ("business", "status", "reason", "last_synced_at", "calls_used_today", "calls_left_today", "token_expires_at")
    print_table(
        documents, columns=columns, empty="No business is connected yet: `clarity-pipeline connect SLUG --project-id ID`."
    )
    for each in found:
        if ADVICE[each.word]:
            click.echo(f"{each.business.business_id}: {ADVICE[each.word]}")


def _document(status: ConnectionStatus) -> dict[str, Any]:
    business = status.business
    return {
        "business": business.business_id,
        "name": business.name,
        "project_id": business.project_id,
        "enabled": business.enabled,
        "status": status.word,
        "reason": status.reason,
        "last_synced_at": status.last_synced_at,
        "calls_used_today": status.calls_used_today,
        "calls_left_today": status.calls_left_today,
        "token_stored": business.token_stored,
        "token_expires_at": business.token_expires_at,
    }


def _say_facts(rooms: Rooms, business: Business) -> None:
    if business.token_expires_at is not None:
        days = (business.token_expires_at - rooms.clock()).days
        click.echo(f"The token expires on {business.token_expires_at:%Y-%m-%d} ({days} days).")
    if others := rooms.connections.shares_quota_with(business.business_id):
        click.echo(
            f"warning: {', '.join(others)} uses a token of the same Clarity project; they share its ten calls a day", err=True
        )


def _read_token(token_file: str | None) -> Token:
    """From a file, standard input, or a prompt without echo; a trailing newline is no part of it."""
    if token_file is None:
        if not sys.stdin.isatty():
            raise click.UsageError(
                "no terminal to ask for the token: give --token-file FILE, or --token-file - for standard input"
            )
        return Token.parse(click.prompt("API token", hide_input=True))
    try:
        content = sys.stdin.buffer.read() if token_file == "-" else Path(token_file).read_bytes()  # noqa: S105 - a dash
    except OSError as error:
        raise click.UsageError(f"the token file cannot be read: {error.strerror}") from None
    try:
        return Token.parse(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidToken("Invalid token: too short or malformed; the file holds no text") from None
