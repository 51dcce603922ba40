"""Where messages go, the messages to send, and what each of them tells."""

import sqlalchemy as sa

from clarity_pipeline.state.schema.base import UTCDateTime, metadata

channels = sa.Table(
    "clarity_channels",
    metadata,
    sa.Column("channel_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),  # one of `alerts.channels.kinds.KINDS`
    sa.Column("config_ciphertext", sa.Text, nullable=False),  # address, secrets, recipients: sealed as tokens are
    sa.Column("businesses", sa.JSON, nullable=False),  # "all", or a list of slugs
    sa.Column("min_severity", sa.Text, nullable=False),  # info, warning, critical
    sa.Column("mode", sa.Text, nullable=False),  # digest, immediate
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("disabled_reason", sa.Text),  # a stable code; NULL while enabled
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("updated_at", UTCDateTime, nullable=False),
)

told = sa.Table(
    "clarity_told",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("alert_id", sa.Text, primary_key=True),
    sa.Column("transition", sa.Text, primary_key=True),  # opened, resolved, ...: what was told, each once
    sa.Column("message_id", sa.Text, nullable=False),  # the message that carries it; a digest carries several
    sa.Index(None, "alert_id"),
    sa.Index(None, "message_id"),
)

findings_told = sa.Table(
    "clarity_findings_told",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Column("slice", sa.Text, primary_key=True),
    sa.Column("metric", sa.Text, primary_key=True),  # empty where the finding is about the whole lane
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("told_at", UTCDateTime, nullable=False),  # the last time: the first, or a reminder
)

outbox = sa.Table(
    "clarity_outbox",
    metadata,
    sa.Column(
        "message_id", sa.Text, primary_key=True
    ),  # stable: of what it tells and the channel, so a receiver can drop repeats
    sa.Column("alert_id", sa.Text, nullable=False),  # empty for a digest: `clarity_told` has its alerts
    sa.Column("transition", sa.Text, nullable=False),  # opened, resolved, ..., digest
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # pending, sent, dead
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", UTCDateTime, nullable=False),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", UTCDateTime),
    sa.Column("last_error", sa.Text),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("sent_at", UTCDateTime),
    sa.Column("expires_at", UTCDateTime),  # after it the message is of no use; NULL where it always is
    sa.Index(None, "state", "created_at"),
    sa.Index(None, "alert_id"),
)

channel_health = sa.Table(
    "clarity_channel_health",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True),  # an id of `clarity_channels`, or log, or webhook
    sa.Column("delivered_at", UTCDateTime),  # by the machine's clock, as the next four
    sa.Column("failing_since", UTCDateTime),  # the first try that failed since it delivered
    sa.Column("last_error", sa.Text),  # a stable code; of the last try
    sa.Column("refused_at", UTCDateTime),  # since when nothing goes until somebody changes something
    sa.Column("next_try_at", UTCDateTime),  # of a channel that refuses; NULL: at once
    sa.Column("told_at", UTCDateTime),  # when the other channels were told
    sa.Column("arrived", sa.Boolean),  # what a person said of the last test message
    sa.Column("arrived_at", UTCDateTime),
)
