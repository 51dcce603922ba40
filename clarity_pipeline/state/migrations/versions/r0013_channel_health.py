"""How each channel fares, in place of switching one off that fails: what waits for it is kept and goes out when it is cured.

Channels that had been switched off by themselves are on again, known to refuse, and what was buried with them waits again (what
is too old for that dies of its age with the next delivery).
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"


def upgrade() -> None:
    """Add a table, fill it, drop the count that it replaces."""
    health = op.create_table(
        "clarity_channel_health",
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("failing_since", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.Text),
        sa.Column("refused_at", sa.DateTime(timezone=True)),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("arrived", sa.Boolean),
        sa.Column("arrived_at", sa.DateTime(timezone=True)),
    )
    channels = sa.table(
        "clarity_channels",
        sa.column("channel_id", sa.Text),
        sa.column("enabled", sa.Boolean),
        sa.column("disabled_reason", sa.Text),
        sa.column("updated_at", sa.DateTime(timezone=True)),
    )
    outbox = sa.table(
        "clarity_outbox",
        *(sa.column(name, sa.Text) for name in ("channel", "state", "last_error")),
        sa.column("attempts", sa.Integer),
    )
    off = sa.and_(channels.c.enabled.is_(False), channels.c.disabled_reason.in_(("gone", "dead_letters")))
    reason = sa.case((channels.c.disabled_reason == "gone", "http_410"), else_="dead_letters")
    since = channels.c.updated_at
    op.execute(
        sa.insert(health).from_select(
            ["channel", "failing_since", "last_error", "refused_at", "told_at"],
            sa.select(channels.c.channel_id, since, reason, since, since).where(off),
        )
    )
    buried = sa.and_(
        outbox.c.state == "dead",
        outbox.c.last_error == "channel_disabled",
        outbox.c.channel.in_(sa.select(channels.c.channel_id).where(off)),
    )
    op.execute(sa.update(outbox).where(buried).values(state="pending", last_error=None, attempts=0))
    op.execute(sa.update(channels).where(off).values(enabled=True, disabled_reason=None))
    op.drop_column("clarity_channels", "dead_in_a_row")
