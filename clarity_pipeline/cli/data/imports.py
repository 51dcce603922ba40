"""What `entities import` and `experiments import` share: files checked together, loaded together, and told of."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clarity_pipeline.cli.output import print_json, print_table
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings

if TYPE_CHECKING:
    from clarity_pipeline.imports.ad_entities.headers import Said
    from clarity_pipeline.imports.load_files import Kind

REFUSED = 2


def import_files(files: Sequence[Path], *, kind: "Kind", dry_run: bool, as_json: bool, said: "Said | None" = None) -> int:
    """Check all files and load all of them, or none; the exit status."""
    from clarity_pipeline.imports.files.problems import FileRefused
    from clarity_pipeline.imports.load_files import check_files, ids_of, load_files

    with open_home(Settings.from_env()) as home:
        try:
            checked = check_files(
                files,
                kind=kind,
                businesses=home.connections.all(),
                now=home.clock(),
                said=said,
                known_ids=ids_of(home.warehouse),
            )
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
            "file": each.file.source,
            "rows": each.file.rows,
            "businesses": each.file.businesses,
            "from_date": each.file.from_date,
            "to_date": each.file.to_date,
            "sha256": each.file.sha256,
        }
        for each in checked
    ]
    warnings = [warning for each in checked for warning in each.warnings]
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
    if as_json:
        told = {"warnings": warnings} if warnings else {}
        print_json({"loaded": not dry_run, "files": documents, "problems": [], "problem_count": 0, **told})
        return 0
    rows = [{**each, "businesses": ", ".join(each["businesses"])} for each in documents]
    print_table(rows, columns=("file", "rows", "businesses", "from_date", "to_date"), empty="", wrapped="businesses")
    click.echo(
        "No problem; nothing was loaded (--dry-run)." if dry_run else "Loaded. `clarity-pipeline publish` shows it to analysts."
    )
    return 0
