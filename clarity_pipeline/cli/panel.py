"""The panel in a browser (`panel`), its first account (`panel create-admin`), and a link for anybody (`panel invite`)."""

import logging
import socket
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.cli.connections.group_choice import chosen, with_groups
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.settings.variables import LOOPBACK_NAMES, SettingsError

if TYPE_CHECKING:
    from clarity_pipeline.panel.access.policy import Role
    from clarity_pipeline.panel.web.forwarded import Network

PORT = 8400

OF_THE_EXTRA = ("fastapi", "joserfc", "pyotp", "python_multipart", "segno", "uvicorn", "zxcvbn_rs_py")
"""What the extra `panel` brings, by the names that are imported: who upgrades may have last release's share of it."""


class PanelUnavailable(ClarityPipelineError):
    """The panel cannot be served as this machine is."""

    reason = "panel_unavailable"


_LONGEST_PASSWORD_FILE = 4096


@click.group(
    invoke_without_command=True,
    epilog="""\b
Examples:
  clarity-pipeline panel create-admin ann@agency.example
  clarity-pipeline panel
  CLARITY_PANEL_ORIGIN=https://panel.agency.example clarity-pipeline panel --trusted-proxy 127.0.0.1""",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen at; beyond loopback set CLARITY_PANEL_ORIGIN."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="Port to listen at; 0 takes a free one."
)
@click.option(
    "--trusted-proxy", "proxies", multiple=True, metavar="ADDRESS",
    help="Proxy whose X-Forwarded-For is believed, besides those of CLARITY_PANEL_PROXIES; repeat for more.",
)  # fmt: skip
@click.pass_context
def panel(ctx: click.Context, host: str, port: int, proxies: tuple[str, ...]) -> None:
    """Serve the settings panel and the client portal.

    In the browser, with a JSON API, until Ctrl-C.
    Behind a proxy with TLS, CLARITY_PANEL_ORIGIN says what browsers see, such as https://panel.agency.example. Without it
    the panel answers on loopback alone.
    """
    _need_the_extra()
    if ctx.invoked_subcommand is None:
        _serve(host, port, proxies)


@panel.command(
    "create-admin",
    epilog="""\b
Examples:
  clarity-pipeline panel create-admin ann@agency.example --name "Ann Archer"
  pass show panel | clarity-pipeline panel create-admin ann@agency.example --password-file -""",
)
@click.argument("email")
@click.option("--name", metavar="TEXT", help="How people call them; the address by default.")
@click.option(
    "--password-file", metavar="FILE|-", help="File that holds the password; - reads standard input. Asked for otherwise."
)
def create_admin(email: str, name: str | None, password_file: str | None) -> None:
    """Make an account that lets other people in.

    The password is asked for without echo, and never an argument.
    """
    from clarity_pipeline.panel.access.accounts import Accounts
    from clarity_pipeline.panel.access.new_passwords import check_password
    from clarity_pipeline.panel.access.passwords import Passwords
    from clarity_pipeline.panel.access.users import clean_email

    address = clean_email(email)
    password = _read_password(password_file)
    with open_home(Settings.from_env()) as home:
        accounts = Accounts(home.state, clock=home.clock)
        check_password(password, known=(address, name or "", *accounts.businesses_of("agency_admin", ())))
        phc = Passwords().hash(password)
        accounts.create(address, name=name or address, role="agency_admin", password_phc=phc, actor=os_user())
    click.echo(f"{address} can sign in as an agency admin; `clarity-pipeline panel` serves the panel.")


@panel.command(
    epilog="""\b
Examples:
  clarity-pipeline panel invite max@agency.example --role agency_member
  clarity-pipeline panel invite cleo@acme.example --role client --business acme
  clarity-pipeline panel invite ann@agency.example     (has an account: a link for a new password)"""
)
@click.argument("email")
@click.option("--role", type=click.Choice(["agency_admin", "agency_member", "client"]), help="What they may do.")
@click.option("--business", "businesses", multiple=True, metavar="SLUG", help="A business of a client; repeat for more.")
@with_groups("The businesses of this group, as it is now; repeat for more.")
def invite(email: str, role: "Role | None", businesses: tuple[str, ...], groups: tuple[str, ...]) -> None:
    """Print a one-time link for somebody.

    With it they make their account, or set a new password for the one that they have. It is good once, for 72 hours, and shown
    this once: send it yourself.
    """
    from clarity_pipeline.panel.access.accounts import Accounts
    from clarity_pipeline.panel.access.invites import Invites, invite_path
    from clarity_pipeline.panel.access.users import clean_email

    address, settings = clean_email(email), Settings.from_env()
    with open_home(settings) as home:
        invites = Invites(home.state, clock=home.clock)
        known = [user for user in Accounts(home.state, clock=home.clock).all() if user.email == address]
        if known:
            secret = invites.make_for(known[0], actor=os_user())
        elif role is None:
            raise click.UsageError(f"{address} has no account yet: say what they may do with --role")
        else:
            own = chosen(home, businesses, groups)
            secret = invites.make(address, role=role, business_ids=own, actor=os_user())
    click.echo((settings.panel_origin or f"http://127.0.0.1:{PORT}") + invite_path(secret))


@panel.command(
    "reset-second-factor",
    epilog="""\b
Examples:
  clarity-pipeline panel reset-second-factor ann@agency.example""",
)
@click.argument("email")
def reset_second_factor(email: str) -> None:
    """Take away a second factor that was lost.

    Its owner signs in with the password alone from then on, and sets another up under their account. Ask them by another way
    first whether it is they: whoever knows the password gets in by this.
    """
    from clarity_pipeline.panel.access.passwords import Passwords
    from clarity_pipeline.panel.access.users import UnknownAccount, clean_email
    from clarity_pipeline.panel.panel import Panel

    address = clean_email(email)
    with open_home(Settings.from_env()) as home:
        found = Panel(home, Passwords())
        known = [user for user in found.accounts.all() if user.email == address]
        if not known:
            raise UnknownAccount(f"No account has the address {address}; `clarity-pipeline audit` names those that were made")
        was_on = found.second_factors.take_away(known[0].user_id, actor=os_user())
        if was_on:
            found.account_letters.tell("second_factor_off", known[0])
        found.post_room.close()
    click.echo(
        f"{address} signs in with the password alone." if was_on else f"{address} had no second factor; nothing is changed."
    )


@panel.command(
    epilog="""\b
Examples:
  clarity-pipeline panel health
  clarity-pipeline panel health --port 8400 && echo up""",
)
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="Port of the panel on this machine.")
def health(port: int) -> None:
    """Ask the panel of this machine whether it and its database answer.

    For supervisors: exit status 0 when they do. CLARITY_PANEL_ORIGIN must be the panel's own.
    """
    import requests

    origin = Settings.from_env().panel_origin
    host = urlsplit(origin).netloc if origin else f"127.0.0.1:{port}"
    try:
        with requests.Session() as session:
            session.trust_env = False  # a proxy of the environment is none for this machine
            answer = session.get(f"http://127.0.0.1:{port}/api/v1/health", headers={"Host": host}, timeout=10)
    except requests.RequestException:
        raise PanelUnavailable(f"no panel answers at 127.0.0.1, port {port}; start it, or give its --port") from None
    if answer.status_code != 200:
        raise PanelUnavailable(f"the panel answers {answer.status_code} (its log says why; is CLARITY_PANEL_ORIGIN its own?)")
    click.echo("ok")


def _serve(host: str, port: int, more_proxies: tuple[str, ...]) -> None:
    from clarity_pipeline.panel.app import build_app
    from clarity_pipeline.panel.web.deadlines import Limits
    from clarity_pipeline.panel.web.descriptors import room_for_connections
    from clarity_pipeline.panel.web.forwarded import proxy_networks
    from clarity_pipeline.panel.web.server import server_of

    settings = Settings.from_env()
    if settings.panel_origin is None and host not in LOOPBACK_NAMES:
        raise click.UsageError(
            f"{host} can be reached by others: put a proxy with TLS in front and set CLARITY_PANEL_ORIGIN to what browsers see,"
            " or stay at 127.0.0.1"
        )
    proxies = proxy_networks(settings.panel_proxies) + _proxies(more_proxies)
    limits = replace(Limits(), at_once=room_for_connections(most=Limits().at_once))
    with _listen(host, port) as listener:
        app = build_app(settings)
        _log_to_standard_error()
        shown = f"[{host}]" if ":" in host else host
        address = settings.panel_origin or f"http://{shown}:{listener.getsockname()[1]}"
        click.echo(f"The panel listens at {address} ; {limits.at_once:,} connections fit; Ctrl-C ends it.")
        if (settings.panel_origin or "").startswith("https:") and not proxies:
            click.echo("No proxy is named: without its address in CLARITY_PANEL_PROXIES all visitors count as one.", err=True)
        if not app.state.panel.accounts.all():
            click.echo("Nobody can sign in yet: `clarity-pipeline panel create-admin EMAIL` makes the first account.", err=True)
        sys.stdout.flush()
        try:
            server_of(app, proxies=proxies, limits=limits).run(sockets=[listener])
        except KeyboardInterrupt:
            click.echo("The panel has ended.")


def _proxies(given: tuple[str, ...]) -> "tuple[Network, ...]":
    from clarity_pipeline.panel.web.forwarded import proxy_networks

    try:
        return proxy_networks(",".join(given))
    except SettingsError:
        raise click.BadParameter(
            "give the proxy's IP address, or a network such as 10.0.0.0/24: whoever is trusted may name any visitor",
            param_hint="--trusted-proxy",
        ) from None


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise PanelUnavailable(
            f"the panel cannot listen at {host}, port {port}: {error.strerror}; choose another with --port"
        ) from None


def _log_to_standard_error() -> None:
    """One line a request; nothing of what was asked (`access_log`)."""
    handler = logging.StreamHandler()
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logger = logging.getLogger("clarity_pipeline.panel")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def _need_the_extra() -> None:
    if missing := [name for name in OF_THE_EXTRA if find_spec(name) is None]:
        raise PanelUnavailable(f"the panel needs more packages ({', '.join(missing)}): pip install 'clarity-pipeline[panel]'")


def _read_password(file: str | None) -> str:
    if file is None:
        if not sys.stdin.isatty():
            raise click.UsageError("no terminal to ask for the password: give --password-file FILE, or - for standard input")
        asked: str = click.prompt("Password (not shown)", hide_input=True, confirmation_prompt="Once more", err=True)
        return asked
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as source:
            return source.read(_LONGEST_PASSWORD_FILE).decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise click.UsageError("the password file cannot be read as text") from None
