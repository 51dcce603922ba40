"""The command `clarity-pipeline`: groups its commands and turns every error into one line and an exit status.

0 done; 1 something failed and is named; 2 wrong usage; 3 the day's quota is spent. A traceback is never printed: it is no
message for a person, and it may quote what must not be seen.
"""

import gc
import os
import sys
from collections.abc import Sequence

import click

from clarity_pipeline.clarity.errors import QuotaSpent
from clarity_pipeline.clarity.token import InvalidToken
from clarity_pipeline.cli.alerts.alert_answers import ANSWERS
from clarity_pipeline.cli.alerts.alert_people import PEOPLE
from clarity_pipeline.cli.alerts.channels import channels
from clarity_pipeline.cli.alerts.commands import alerts
from clarity_pipeline.cli.connections.connections import audit, connect, disable, disconnect, enable, update
from clarity_pipeline.cli.connections.doctor import doctor
from clarity_pipeline.cli.connections.groups import groups
from clarity_pipeline.cli.connections.keys import keys
from clarity_pipeline.cli.connections.pages import pages
from clarity_pipeline.cli.connections.secrets import secrets
from clarity_pipeline.cli.connections.sites import accept
from clarity_pipeline.cli.connections.status import status
from clarity_pipeline.cli.data.contract import contract
from clarity_pipeline.cli.data.day import publish, sync, test
from clarity_pipeline.cli.data.entities import entities
from clarity_pipeline.cli.data.experiments import experiments
from clarity_pipeline.cli.data.forget import forget
from clarity_pipeline.cli.data.history import prune, replay
from clarity_pipeline.cli.data.ledger import jobs, quota
from clarity_pipeline.cli.data.plan import plan
from clarity_pipeline.cli.data.safekeeping import backup, restore
from clarity_pipeline.cli.data.vault import vault
from clarity_pipeline.cli.demo.commands import demo, simulate
from clarity_pipeline.cli.output import InOrder
from clarity_pipeline.cli.panel import panel
from clarity_pipeline.cli.rules.commands import rules
from clarity_pipeline.cli.rules.markers import markers
from clarity_pipeline.connections.credentials import InvalidBusiness
from clarity_pipeline.connections.sharing import SharedProject
from clarity_pipeline.errors import ClarityPipelineError, machine_refusal, texts_of
from clarity_pipeline.rules.language.rule_files import RulesInvalid
from clarity_pipeline.rules.markers.markers import InvalidMarker
from clarity_pipeline.settings.variables import SettingsError

FAILED, WRONG_USAGE, QUOTA_SPENT = 1, 2, 3

_ABOUT_WHAT_WAS_TYPED = (InvalidToken, InvalidBusiness, InvalidMarker, SharedProject, RulesInvalid, SettingsError)
_TYPED_BY_REASON = {
    "invalid_account", "weak_password",  # their modules belong to an extra
    "invalid_answer", "invalid_channel", "bad_webhook_url", "bad_signing_secret", "invalid_api_key", "unknown_api_key",
    "invalid_group", "unknown_group", "empty_group",
}  # fmt: skip


@click.group(cls=InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="clarity-pipeline")
def cli() -> None:
    """Microsoft Clarity's behavioural data, day after day, into DuckDB, and alerts that people trust.

    \b
    First steps:
      clarity-pipeline connect acme --project-id abc123def4   (asks for the token)
      clarity-pipeline sync                                   (yesterday, everybody)
      clarity-pipeline status
    """


for command in (
    connect, test, sync, status, doctor, jobs, quota, plan, rules, alerts, channels, entities, experiments, markers, publish,
    update, pages, accept, enable, disable, disconnect, audit, contract, secrets, groups, keys, vault, replay, prune, forget,
    backup, restore, panel, simulate, demo,
):  # fmt: skip
    cli.add_command(command)
for command in (*PEOPLE, *ANSWERS):
    alerts.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit. What it makes, DuckDB's log of changes among it, others cannot read.

    Python looks for cycles seldom meanwhile: it went through all that Dagster's modules and definitions hold hundreds of times,
    7 % of the processor time of a `sync` of six businesses.
    """
    os.umask(os.umask(0o077) | 0o027)
    gc.set_threshold(50_000, 20, 50)
    status = run(sys.argv[1:] if arguments is None else arguments)
    try:
        sys.stdout.flush()
    except OSError:  # said already; Python would try again at its end, and print a traceback
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit status."""
    try:
        outcome = cli.main(args=list(arguments), prog_name="clarity-pipeline", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        hint = f" (see `{error.ctx.command_path} --help`)" if isinstance(error, click.UsageError) and error.ctx else ""
        return _say(f"{error.format_message()}{hint}", status=WRONG_USAGE)
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted; what was loaded is kept, run the command again to go on", status=FAILED)
    except QuotaSpent as error:
        return _say(str(error), status=QUOTA_SPENT)
    except ClarityPipelineError as error:
        was_typed = isinstance(error, _ABOUT_WHAT_WAS_TYPED) or error.reason in _TYPED_BY_REASON
        return _say(str(error), status=WRONG_USAGE if was_typed else FAILED)
    except OSError as error:  # a full disk, a folder of somebody else's; click has dealt with a reader that went away
        why = error.strerror or type(error).__name__
        return _say(f"the machine refuses: {why}; check space and permissions below CLARITY_HOME, then try again", status=FAILED)
    except Exception as error:  # the last wall: no traceback reaches the terminal
        if refusal := machine_refusal(*texts_of(error)):
            return _say(f"{refusal}, then run it again; what was loaded is kept, and no call is made twice", status=FAILED)
        return _say(f"internal error ({type(error).__name__}); please report it with the command that you ran", status=FAILED)
    return outcome if isinstance(outcome, int) else 0


def _say(message: str, *, status: int) -> int:
    click.echo(f"error: {' '.join(message.split())}", err=True)
    return status
