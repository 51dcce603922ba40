"""The next revision of the state database: measures that are served and that its table of days has no column of yet."""

import re
import tempfile
from pathlib import Path

import sqlalchemy as sa

from clarity_pipeline.state import database
from clarity_pipeline.state.database import HEAD, StateDatabase
from clarity_pipeline.state.schema.published import serving_days

VERSIONS = Path(database.__file__).parent / "migrations" / "versions"
_REVISION = '''\
"""The panel's copy of a day has {said}."""

import sqlalchemy as sa
from alembic import op

revision = "{new}"
down_revision = "{old}"


def upgrade() -> None:
    """Days that are served already say nothing of it until they are published anew."""
{changes}
'''


def stale() -> dict[Path, str]:
    """The revision that is missing and the module that names the newest, with what they should hold."""
    missing = _missing()
    if not missing:
        return {}
    new = f"{int(HEAD) + 1:04}"
    names = [column.name for column in missing]
    changes = "\n".join(
        f'    op.add_column("{serving_days.name}", sa.Column("{column.name}", sa.{type(column.type).__name__}))'
        for column in missing
    )
    module = Path(database.__file__)
    return {
        VERSIONS / f"r{new}_{'_and_'.join(names[:2])}.py": _REVISION.format(
            said=" and ".join(names), new=new, old=HEAD, changes=changes
        ),
        module: re.sub(r'^HEAD = "\d+"$', f'HEAD = "{new}"', module.read_text(encoding="utf-8"), flags=re.MULTILINE),
    }


def _missing() -> list[sa.Column[object]]:
    """Columns that the table is declared to have and no revision makes."""
    with tempfile.TemporaryDirectory() as folder:
        state = StateDatabase(f"sqlite:///{folder}/state.db")
        state.migrate()
        with state.read() as connection:
            known = {column["name"] for column in sa.inspect(connection).get_columns(serving_days.name)}
        state.dispose()
    return [column for column in serving_days.columns if column.name not in known]
