"""Who signs in to the panel, from where, and how often it was tried."""

import sqlalchemy as sa

from clarity_pipeline.state.schema.base import UTCDateTime, metadata

panel_users = sa.Table(
    "clarity_panel_users",
    metadata,
    sa.Column("user_id", sa.Integer, primary_key=True),
    sa.Column("email", sa.Text, nullable=False, unique=True),  # lower case, as signed in with
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),  # agency_admin, agency_member, client
    sa.Column("password_phc", sa.Text, nullable=False),  # Argon2id with its parameters and salt
    sa.Column("disabled_at", UTCDateTime),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("password_changed_at", UTCDateTime, nullable=False),
    sa.Column("password_is_known", sa.Boolean, nullable=False, server_default=sa.true()),  # false: a provider made the account
    sa.Column("time_zone", sa.Text),  # IANA, in which they read instants; NULL: UTC
)

panel_memberships = sa.Table(
    "clarity_panel_memberships",
    metadata,
    sa.Column("user_id", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id"), primary_key=True),
    sa.Column("business_id", sa.Text, primary_key=True),  # what a client may see; the agency sees all
    sa.Index(None, "business_id"),
)

panel_sign_ins = sa.Table(
    "clarity_panel_sign_ins",
    metadata,
    sa.Column("sign_in_id", sa.Integer, primary_key=True),
    sa.Column("secret_sha256", sa.Text, nullable=False, unique=True),  # of the 32 random bytes in the cookie
    sa.Column("user_id", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id"), nullable=False),
    sa.Column("browser", sa.Text, nullable=False),  # such as `Firefox on Linux`
    sa.Column("notice", sa.Text),  # said once, by the next page
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("last_seen_at", UTCDateTime, nullable=False),
    sa.Column("ends_at", UTCDateTime, nullable=False),
    sa.Column("proved_at", UTCDateTime),  # when the password was last given in it; NULL: not since it began
    sa.Index(None, "user_id"),
)

panel_second_factors = sa.Table(
    "clarity_panel_second_factors",
    metadata,
    sa.Column("user_id", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id"), primary_key=True),
    sa.Column("secret_ciphertext", sa.Text, nullable=False),  # the key that the person's app has too
    sa.Column("made_at", UTCDateTime, nullable=False),
    sa.Column("confirmed_at", UTCDateTime),  # NULL until a first code was given: it is not asked for yet
    sa.Column("last_step", sa.Integer),  # the 30 seconds whose code was used last; none of it or before is taken again
)

panel_recovery_codes = sa.Table(
    "clarity_panel_recovery_codes",
    metadata,
    sa.Column("code_fingerprint", sa.Text, primary_key=True),  # keyed, under a key outside this database
    sa.Column("user_id", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id"), nullable=False),
    sa.Index(None, "user_id"),
)

panel_identities = sa.Table(
    "clarity_panel_identities",
    metadata,
    sa.Column("issuer", sa.Text, primary_key=True),  # of OpenID Connect
    sa.Column("subject", sa.Text, primary_key=True),  # what the issuer calls the person, for ever
    sa.Column("user_id", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id"), nullable=False),
    sa.Column("made_at", UTCDateTime, nullable=False),
    sa.Column("ended_at", UTCDateTime),  # unlinked: it opens nothing until its owner allows it again
    sa.Index(None, "user_id"),
)

panel_invites = sa.Table(
    "clarity_panel_invites",
    metadata,
    sa.Column("invite_id", sa.Integer, primary_key=True),
    sa.Column("secret_sha256", sa.Text, nullable=False, unique=True),  # of the 32 random bytes in the link
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("business_ids", sa.JSON, nullable=False),
    sa.Column("user_id", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id")),  # somebody known, who sets a new password
    sa.Column("invited_by", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id")),  # NULL: from the command line
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("expires_at", UTCDateTime, nullable=False),
    sa.Column("accepted_at", UTCDateTime),
)

panel_tries = sa.Table(
    "clarity_panel_tries",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),  # keyed fingerprint of who tried what from where
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("since", UTCDateTime, nullable=False),  # when the last of them was: since then the delay runs
    sa.Index(None, "since"),
)
