"""Commands that change who is synced: connect, update, enable, disable, disconnect. None of them makes a call."""

import click

from clarity_pipeline.businesses.connections import Business
from clarity_pipeline.cli.token_source import read_token
from clarity_pipeline.rooms import Rooms, open_rooms
from clarity_pipeline.settings import Settings

_PROJECT_ID_HELP = "6 to 20 letters and digits: Clarity -> Settings -> Data Export."
_TOKEN_HELP = "File that holds the token; - reads standard input. Asked for without echo when not given."  # noqa: S105 - a help text


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline connect acme --project-id abc123def4 --name "Acme Shop"
  clarity-pipeline connect acme --project-id abc123def4 --token-file ./token.txt
  pass show clarity | clarity-pipeline connect acme --project-id abc123def4 --token-file -"""
)
@click.argument("slug")
@click.option("--project-id", required=True, metavar="ID", help=_PROJECT_ID_HELP)
@click.option("--name", metavar="TEXT", help="How people call the business; the slug by default.")
@click.option("--token-file", metavar="FILE|-", help=_TOKEN_HELP)
def connect(slug: str, project_id: str, name: str | None, token_file: str | None) -> None:
    """Connect a business, or reconnect it with a fresh token.

    SLUG names the business everywhere: a-z, 0-9, - and _. The token is encrypted at rest, never printed and never an
    argument. No call is spent; `clarity-pipeline test SLUG` verifies the token with one.
    """
    token = read_token(token_file)
    with open_rooms(Settings.from_env()) as rooms:
        business = rooms.connections.connect(slug, project_id=project_id, token=token, name=name)
        click.echo(f"Connected {slug} ({business.name}); its next daily sync is soon after 00:00 UTC.")
        _say_facts(rooms, business)


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline update acme --token-file ./new-token.txt
  clarity-pipeline update acme --keep-parameter product --keep-parameter lang
  clarity-pipeline update acme --keep-path-ids"""
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
@click.option(
    "--keep-path-ids/--mask-path-ids", "keep_path_ids", default=None,
    help="Keep long numbers, UUIDs and hashes in paths and kept parameters, where they tell pages apart and not visitors."
    " E-mail addresses, IBANs, +phones and JWTs are masked all the same. Default: mask.",
)  # fmt: skip
def update(
    slug: str,
    project_id: str | None,
    name: str | None,
    token_file: str | None,
    kept: tuple[str, ...],
    keep_path_ids: bool | None,
) -> None:
    """Change what is known of a business.

    Its project ID, name, token, or what its URLs keep (from the next load on; `clarity-pipeline replay` for what is loaded).
    """
    if not (project_id or name or token_file or kept or keep_path_ids is not None):
        raise click.UsageError("nothing to change: give --project-id, --name, --token-file, --keep-parameter or --keep-path-ids")
    token = read_token(token_file) if token_file else None
    with open_rooms(Settings.from_env()) as rooms:
        business = rooms.connections.update(
            slug, project_id=project_id, token=token, name=name, kept_query_parameters=kept or None, keep_path_ids=keep_path_ids
        )
        click.echo(f"Updated {slug}.")
        _say_facts(rooms, business)


@click.command(
    epilog="""\b
Example:
  clarity-pipeline enable acme"""
)
@click.argument("slug")
def enable(slug: str) -> None:
    """Resume the daily sync of a business."""
    with open_rooms(Settings.from_env()) as rooms:
        rooms.connections.enable(slug)
        click.echo(f"Enabled {slug}; its next daily sync is soon after 00:00 UTC.")


@click.command(
    epilog="""\b
Example:
  clarity-pipeline disable acme"""
)
@click.argument("slug")
def disable(slug: str) -> None:
    """Pause the daily sync of a business.

    Its token and its history stay.
    """
    with open_rooms(Settings.from_env()) as rooms:
        business = rooms.connections.disable(slug)
        click.echo(f"Disabled {slug} ({business.disabled_reason}); `clarity-pipeline enable {slug}` resumes it.")


@click.command(
    epilog="""\b
Example:
  clarity-pipeline disconnect acme"""
)
@click.argument("slug")
def disconnect(slug: str) -> None:
    """Forget the token of a business.

    Its history stays.
    """
    with open_rooms(Settings.from_env()) as rooms:
        rooms.connections.disconnect(slug)
        click.echo(f"Disconnected {slug}; its token is gone, its history is kept.")


def _say_facts(rooms: Rooms, business: Business) -> None:
    if business.token_expires_at is not None:
        days = (business.token_expires_at - rooms.clock()).days
        if days < 0:
            click.echo(f"warning: the token expired on {business.token_expires_at:%Y-%m-%d}; generate a new one", err=True)
        else:
            click.echo(f"The token expires on {business.token_expires_at:%Y-%m-%d} ({days} days).")
    if others := rooms.connections.shares_quota_with(business.business_id):
        click.echo(
            f"warning: {', '.join(others)} uses a token of the same Clarity project; they share its ten calls a day", err=True
        )
