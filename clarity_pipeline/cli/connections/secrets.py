"""Commands about stored secrets: give them a new key, or see that they open. No secret and no key is ever shown."""

import click

from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.cli.output import InOrder, print_json
from clarity_pipeline.connections.rotation import check as check_secrets
from clarity_pipeline.connections.rotation import rotate as rotate_keys
from clarity_pipeline.connections.secrets import load_secret_box
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings


@click.group(
    cls=InOrder,
    epilog="""\b
Example:
  clarity-pipeline secrets check""",
)
def secrets() -> None:
    """Give stored secrets a new key, or see that they open."""


@secrets.command(
    epilog="""\b
Examples:
  clarity-pipeline secrets rotate
  CLARITY_ENCRYPTION_KEYS=new,old clarity-pipeline secrets rotate"""
)
@click.option("--json", "as_json", is_flag=True, help="A JSON document for programs.")
def rotate(as_json: bool) -> None:
    """Seal every stored token and channel with a new key.

    With the key file a new key is made, and the old one is gone at the end. With CLARITY_ENCRYPTION_KEYS put the new key first
    (new,old), restart everything with both, then run this, then take the old one away. It is done when each secret has opened
    with the new key alone; interrupted anywhere and run again it goes on. Ledgers and history stay as they are.

    Copies of the state database made before need the old key: keep it with them as long as you keep them.
    """
    settings = Settings.from_env()
    with open_home(settings) as home:
        rotated = rotate_keys(home.state, load_secret_box(settings), settings=settings, clock=home.clock, actor=os_user())
    if as_json:
        print_json(rotated.document())
        return
    number = rotated.secrets
    click.echo(f"Rotated: {rotated.sealed_anew} of {number} secrets sealed anew; all {number} open with the new key alone.")
    if rotated.secrets and not rotated.sealed_anew:
        click.echo(
            "warning: every secret was sealed with that key already; if you meant another one, it must stand first", err=True
        )
    if not settings.encryption_keys:
        click.echo(f"{settings.key_file} holds the new key and no longer the old one: back it up.")
        return
    if rotated.key_file is not None:
        click.echo(f"{rotated.key_file} held an old key and is gone.")
    click.echo("Take the old key out of CLARITY_ENCRYPTION_KEYS everywhere, then run `clarity-pipeline secrets check`.")


@secrets.command(
    epilog="""\b
Example:
  clarity-pipeline secrets check --json"""
)
@click.option("--json", "as_json", is_flag=True, help="A JSON document for programs.")
def check(as_json: bool) -> int:
    """See that every stored token and channel opens.

    With the keys that are there now; and which still need an older one.

    Exit status: 0 all open; 1 one does not, and is named.
    """
    settings = Settings.from_env()
    with open_home(settings) as home:
        checked = check_secrets(home.state, load_secret_box(settings))
    if as_json:
        print_json(checked.document())
    else:
        click.echo(f"{checked.secrets - len(checked.unreadable)} of {checked.secrets} stored secrets open.")
        if checked.of_an_older_key:
            click.echo(f"Sealed with an older key: {', '.join(checked.of_an_older_key)}; `clarity-pipeline secrets rotate`.")
    if not checked.unreadable:
        return 0
    click.echo(
        f"error: the stored secret of {', '.join(checked.unreadable)} does not open: give back the key that sealed it"
        " (CLARITY_ENCRYPTION_KEYS=new,old), or `clarity-pipeline connect` the business (`channels add` the channel) again",
        err=True,
    )
    return 1
