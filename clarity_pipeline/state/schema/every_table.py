"""All tables together, for whoever compares, copies or counts the whole schema; all others import the table that they use."""

import sqlalchemy as sa

from clarity_pipeline.state.schema import (
    alerts,
    api_keys,
    calls,
    connections,
    contract,
    groups,
    loaded,
    markers,
    messages,
    night,
    panel,
    published,
    rules,
)
from clarity_pipeline.state.schema.base import metadata

MODULES = (connections, groups, api_keys, calls, loaded, contract, rules, markers, alerts, messages, published, panel, night)
"""Every module beside this one that declares tables (a test compares): a table is known once its module is imported."""


def every_table() -> sa.MetaData:
    """The metadata that all of them are declared on."""
    return metadata
