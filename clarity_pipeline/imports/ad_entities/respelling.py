"""Landing pages in today's spelling: what a business keeps of its URLs, and what is masked, may have changed.

Called by `load_files` in a replay, which tells every page of the past by today's rules; a landing page that kept yesterday's
spelling would no longer join them. What was cut off cannot come back: a parameter that is kept from now on is in the next import.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from clarity_pipeline.connections.business import Business
from clarity_pipeline.normalize.page_url import page_url
from clarity_pipeline.warehouse.entities import landing_urls, rename_landing_url

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def respell(connection: "DuckDBPyConnection", businesses: Iterable[Business]) -> int:
    """Spell every landing page anew, in the caller's transaction; how many were spelt differently."""
    by_id = {each.business_id: each for each in businesses}
    changed = 0
    for business_id, url in landing_urls(connection):
        business = by_id.get(business_id)
        if business is None:
            continue
        spelt = page_url(url, business.pages.ungrouped())
        if spelt != url:
            rename_landing_url(connection, business_id=business_id, url=url, spelt=spelt)
            changed += 1
    return changed
