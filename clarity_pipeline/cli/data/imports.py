"""What `entities import` and `experiments import` share: files checked together, loaded together, and told of."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clarity_pipeline.cli.output import print_json, print_table
from clarity_pipeline.home import open_home
from clarity_pipeline.settings import Settings

if TYPE_CHECKING:
    from clarity_pipeline.imports.load_files import Delivers

REFUSED = 2


def import_files(files: Sequence[Path], *, delivers: "Delivers", dry_run: bool, as_json: bool) -> int:
    """Check all files and load all of them, or none; the exit status."""
    from clarity_pipeline.imports.files.problems import FileRefused
    from clarity_pipeline.imports.load_files import check_files, load_files

    with open_home(Settings.from_env()) as home:
        try:
            checked = check_files(files, delivers=delivers, businesses=home.connections.all(), now=home.clock())
        except FileRefused as refused:
            for line in refused.lines():
                click.echo(f"error: {line}", err=True)
            problems = "1 problem" if refused.count == 1 else f"{refused.count:,} problems"
            click.echo(f"error: {problems}; nothing was loaded, mend the file and import it again", err=True)
            if as_json:
                print_json({"loaded": False, "files": [], "problems": refused.lines(), "problem_count": refused.count})
            return REFUSED
        if not dry_run:
            load_files(home.warehouse, checked)
    documents: list[dict[str, Any]] = [
        {
            "file": each.delivery.source,
            "rows": each.delivery.rows,
            "businesses": each.delivery.businesses,
            "from_date": each.delivery.from_date,
            "to_date": each.delivery.to_date,
            "sha256": each.delivery.sha256,
        }
        for each in checked
    ]
    if as_json:
        print_json({"loaded": not dry_run, "files": documents, "problems": [], "problem_count": 0})
        return 0
    rows = [{**each, "businesses": ", ".join(each["businesses"])} for each in documents]
    print_table(rows, columns=("file", "rows", "businesses", "from_date", "to_date"), empty="", wrapped="businesses")
    click.echo(
        "No problem; nothing was loaded (--dry-run)." if dry_run else "Loaded. `clarity-pipeline publish` shows it to analysts."
    )
    return 0
