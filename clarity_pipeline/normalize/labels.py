"""Labels as they are kept: sources, media, campaigns, channels, titles, names of metrics and fields.

They are stored as Clarity sent them, but for what the masker finds. Where one holds an address of the web, that is masked as any
URL is, with `***` for what its parameters say, and the words around it as text. Called by `tuples`, `site_lists`, `raw_payload`
and the imports. Pure and idempotent.
"""

import re

from clarity_pipeline.normalize.mask import masked_text
from clarity_pipeline.normalize.urls import mask_query

_ADDRESS = re.compile(r"((?:https?|ftps?|wss?|android-app|ios-app|[a-z-]{3,10}-extension)://[^\s\"<>]+)", re.IGNORECASE)


def masked_label(text: str, *, kept_parameters: frozenset[str] = frozenset(), keep_ids: bool = False) -> str:
    """The label with `:id` for what could name a visitor."""
    if "://" not in text:
        return masked_text(text, keep_ids)
    parts = _ADDRESS.split(text)
    parts[0::2] = [masked_text(part, keep_ids) if part else part for part in parts[0::2]]
    parts[1::2] = [mask_query(part, kept_parameters, keep_ids) for part in parts[1::2]]
    return "".join(parts)
