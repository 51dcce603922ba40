"""Commands that need no Clarity account: serve the fake Clarity (`simulate`), play three weeks against it (`demo`)."""

from datetime import timedelta
from typing import Literal

import click

from clarity_pipeline.cli.output import print_json, progress_bar
from clarity_pipeline.settings.settings import Settings


@click.command(
    epilog="""\b
Example, in two terminals:
  clarity-pipeline simulate
  export CLARITY_API_BASE_URL=http://127.0.0.1:8300  (then connect as it says)"""
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8300, show_default=True, help="Port on 127.0.0.1; 0 takes a free one."
)
@click.option("--seed", type=int, default=7, show_default=True, help="Another seed is another past; tokens change with it.")
@click.option(
    "--counts-as",
    type=click.Choice(["numbers", "strings", "mixed"]),
    default="numbers",
    show_default=True,
    help="How counts are typed: the real Clarity does both.",
)
@click.option("--json", "as_json", is_flag=True, help="Print address and tokens as one JSON document.")
def simulate(port: int, seed: int, counts_as: Literal["numbers", "strings", "mixed"], as_json: bool) -> None:
    """Serve a fake Clarity until Ctrl-C.

    The real contract over the made-up sessions of three sites. It runs on the pipeline's clock: CLARITY_NOW when it is
    set. Its tokens are good for nothing else.
    """
    from clarity_pipeline.simulator.presets import large_shop, mid_size, small
    from clarity_pipeline.simulator.server import FakeClarity, serve

    sites = {"large-shop": large_shop(), "mid-size": mid_size(), "small": small()}

    def show(fake: FakeClarity) -> None:
        projects = [
            {"name": name, "project_id": site.project_id, "token": fake.token(site.project_id)} for name, site in sites.items()
        ]
        if as_json:
            print_json({"base_url": fake.base_url, "projects": projects})
            return
        click.echo(f"The fake Clarity listens; Ctrl-C ends it.\n\nexport CLARITY_API_BASE_URL={fake.base_url}\n")
        for project in projects:
            connect = f"clarity-pipeline connect {project['name']} --project-id {project['project_id']} --token-file -"
            click.echo(f"echo {project['token']} | {connect}\n")

    fake = FakeClarity(list(sites.values()), clock=Settings.for_fake_clarity().clock(), seed=seed, port=port, counts_as=counts_as)
    serve(fake, started=show)


@click.command(
    epilog="""\b
Example:
  CLARITY_HOME=./demo clarity-pipeline demo"""
)
def demo() -> None:
    """Play 21 days of three made-up businesses.

    Through the real pipeline, against the fake Clarity; then it shows what came of it. Needs no account and no network. It
    fills CLARITY_HOME (default ./var), and refuses one that holds anything but an earlier demo.
    """
    from clarity_pipeline.cli.demo.play import Demo, play
    from clarity_pipeline.cli.demo.report import print_report

    settings = Settings.for_fake_clarity()
    calendar = Demo(settings.clock()().date() - timedelta(days=1))
    with progress_bar(calendar.days, what="playing days") as advance:
        reports = play(calendar, settings, progress=advance)
    print_report(settings, calendar=calendar, reports=reports)
