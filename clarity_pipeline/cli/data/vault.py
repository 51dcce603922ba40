"""Commands about the answers at rest: seal them, let them lie open, or see that they open. No key is ever shown."""

import click

from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.cli.output import InOrder, print_json, progress_bar
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings


@click.group(
    cls=InOrder,
    epilog="""\b
Example:
  clarity-pipeline vault check""",
)
def vault() -> None:
    """Seal Clarity's answers at rest, or see that they open.

    With CLARITY_VAULT_KEYS set, every answer is encrypted before it is written. Keys are kept by you: without them no answer
    opens again.
    """


@vault.command(
    epilog="""\b
Examples:
  clarity-pipeline vault seal
  CLARITY_VAULT_KEYS=new,old clarity-pipeline vault seal --json"""
)
@click.option("--json", "as_json", is_flag=True, help="A JSON document for programs.")
def seal(as_json: bool) -> None:
    """Seal every answer with the newest key of CLARITY_VAULT_KEYS.

    Those from before there was a key, and those of an older key. To rotate, put the new key first (new,old), restart
    everything with both, run this, then take the old one away. The pipeline may run meanwhile; interrupted and run again it
    goes on.

    Back-ups made before need the old key: keep it with them as long as you keep them.
    """
    _change(as_json, how="sealed")


@vault.command(
    epilog="""\b
Example:
  clarity-pipeline vault unseal"""
)
@click.option("--json", "as_json", is_flag=True, help="A JSON document for programs.")
def unseal(as_json: bool) -> None:
    """Let every answer lie open again.

    The keys must still be in CLARITY_VAULT_KEYS; take them away afterwards, or what is fetched next is sealed again.
    """
    _change(as_json, how="unsealed")


@vault.command(
    epilog="""\b
Example:
  clarity-pipeline vault check --json"""
)
@click.option("--json", "as_json", is_flag=True, help="A JSON document for programs.")
def check(as_json: bool) -> int:
    """Read every answer, and say how many are sealed.

    Exit status: 0 all can be read; 1 one cannot, and is named.
    """
    from clarity_pipeline.upkeep.sealing import check_all, vault_of

    settings = Settings.from_env()
    with progress_bar(len(vault_of(settings).business_days()), what="business days") as advance:
        found = check_all(settings, progress=advance)
    if as_json:
        print_json(found.document())
    else:
        click.echo(f"{found.answers - len(found.unreadable)} of {found.answers} answers can be read.")
        for name, count in found.by_key.items():
            click.echo(f"{count} are sealed with the key {name}.")
        if found.unsealed:
            click.echo(f"{found.unsealed} lie open; `clarity-pipeline vault seal` seals them.")
    for line in found.unreadable:
        click.echo(f"error: {line}", err=True)
    return 1 if found.unreadable else 0


def _change(as_json: bool, *, how: str) -> None:
    from clarity_pipeline.connections.audit import note
    from clarity_pipeline.upkeep.sealing import seal_all, unseal_all, vault_of

    settings = Settings.from_env()
    with open_home(settings) as home:
        with progress_bar(len(vault_of(settings).business_days()), what="business days") as advance:
            done = (seal_all if how == "sealed" else unseal_all)(settings, progress=advance)
        with home.state.write() as connection:
            note(connection, "vault_sealed", at=home.clock(), business_id=None, actor=os_user(), how=how, answers=done.changed)
    if as_json:
        print_json(done.document())
    elif done.key is not None:
        click.echo(f"Sealed {done.changed} of {done.answers} answers; all {done.answers} open with the key {done.key} alone.")
        if len(settings.vault_keys) > 1:
            click.echo("Take the older keys out of CLARITY_VAULT_KEYS everywhere, and keep them with the back-ups made before.")
    else:
        click.echo(f"Unsealed {done.changed} of {done.answers} answers.")
        if settings.vault_keys:
            click.echo("Take CLARITY_VAULT_KEYS away everywhere, or what is fetched next is sealed again.")
