"""One open CLARITY_HOME: its state database, vault, warehouse and what spends its calls, wired together once.

Nothing is decided here. Each part is opened when it is first used, so that `status` does not wait for DuckDB.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from clarity_pipeline.calls.capture import Capture
from clarity_pipeline.calls.contract_drift import ContractDrift
from clarity_pipeline.calls.cut_lanes import CutLanes
from clarity_pipeline.calls.fetched_ahead import FetchedAhead
from clarity_pipeline.calls.lane_ledger import LaneLedger
from clarity_pipeline.calls.of_a_demo import DemoTransport
from clarity_pipeline.calls.quota import Quota
from clarity_pipeline.calls.sync_jobs import SyncJobs
from clarity_pipeline.calls.turns import Turns
from clarity_pipeline.clarity.client import HttpTransport, Transport
from clarity_pipeline.connections.audit import AuditLog
from clarity_pipeline.connections.connections import Connections
from clarity_pipeline.connections.groups import Groups
from clarity_pipeline.connections.pages import PageSettings
from clarity_pipeline.connections.secrets import load_secret_box
from clarity_pipeline.connections.site_store import Sites
from clarity_pipeline.settings.settings import Clock, Settings
from clarity_pipeline.state.database import StateDatabase, open_state
from clarity_pipeline.vault.vault import Vault
from clarity_pipeline.warehouse.errors import WarehouseMissing
from clarity_pipeline.warehouse.store import Warehouse

WAREHOUSE_WAIT_SECONDS = 60.0
"""Four runs in turn, each of which keeps the file over its steps, wait some 3 s (`docs/design.md#one-writer`), on a machine
with ten times its load one of eight waited over 20 s; who waits this long waits for a stranger, and each lane would wait anew."""


@dataclass(frozen=True)
class Home:
    """One open CLARITY_HOME."""

    settings: Settings
    state: StateDatabase
    given_clock: Clock | None = None

    @cached_property
    def clock(self) -> Clock:
        """The present instant, or CLARITY_NOW; whoever stays open longer than a command may bring one of its own."""
        return self.given_clock or self.settings.clock()

    @cached_property
    def connections(self) -> Connections:
        """Who is synced."""
        return Connections(self.state, secrets=load_secret_box(self.settings), clock=self.clock)

    @cached_property
    def groups(self) -> Groups:
        """Names for some of them."""
        return Groups(self.state, clock=self.clock)

    @cached_property
    def sites(self) -> Sites:
        """Which site each business has."""
        return Sites(self.state, clock=self.clock)

    @cached_property
    def quota(self) -> Quota:
        """The ledger of calls."""
        return Quota(self.state, clock=self.clock)

    @cached_property
    def page_settings(self) -> PageSettings:
        """What each means by a page."""
        return PageSettings(self.state, clock=self.clock)

    @cached_property
    def jobs(self) -> SyncJobs:
        """What became of each lane."""
        return SyncJobs(self.state, clock=self.clock)

    @cached_property
    def cut_lanes(self) -> CutLanes:
        """Which lanes Clarity cut."""
        return CutLanes(self.state)

    @cached_property
    def ledger(self) -> LaneLedger:
        """What was loaded into the warehouse."""
        return LaneLedger(self.state)

    @cached_property
    def contract_drift(self) -> ContractDrift:
        """How Clarity's answers differ from what we know of them."""
        return ContractDrift(self.state, clock=self.clock)

    @cached_property
    def fetched_ahead(self) -> FetchedAhead:
        """What waits for its lane's own step."""
        return FetchedAhead(self.state, jobs=self.jobs, vault=self.vault, drift=self.contract_drift)

    @cached_property
    def audit(self) -> AuditLog:
        """Who did what to a connection."""
        return AuditLog(self.state)

    @cached_property
    def vault(self) -> Vault:
        """Answers as received. Raises `VaultLocked` when a key that they are sealed with is not there."""
        vault = Vault(self.settings.vault_folder, self.settings.vault_keys)
        vault.keys.refuse_without()
        return vault

    @cached_property
    def capture(self) -> Capture:
        """The one place that spends calls."""
        return Capture(
            connections=self.connections,
            quota=self.quota,
            jobs=self.jobs,
            fetched_ahead=self.fetched_ahead,
            vault=self.vault,
            drift=self.contract_drift,
            transport=self._transport(),
            clock=self.clock,
            locks=self.settings.locks_folder,
            turns=Turns(self.settings.locks_folder, self.settings.calls_at_once),
            cut_lanes=self.cut_lanes,
        )

    def _transport(self) -> Transport:
        is_made_up = self.settings.is_real_clarity and self.settings.demo_marker.exists()
        if is_made_up:
            return DemoTransport(self.settings.home)
        return HttpTransport(self.settings.live_insights_url, tells_time=self.settings.now is None)

    def yesterday(self) -> date:
        """The UTC date that ended last."""
        return self.clock().date() - timedelta(days=1)

    @cached_property
    def warehouse(self) -> Warehouse:
        """The pipeline's own DuckDB file."""
        return Warehouse(
            self.settings.warehouse_file, wait_seconds=WAREHOUSE_WAIT_SECONDS, may_be_made=self._refuse_a_second_warehouse
        )

    def _refuse_a_second_warehouse(self) -> None:
        """A file that is lost is not begun anew: with one day in it, it would be published over all of the others."""
        if self.ledger.knows_of_loads():
            raise WarehouseMissing(
                f"{self.settings.warehouse_file} is missing or empty, and lanes were loaded into it: `clarity-pipeline replay`"
                " makes it anew from the vault, without a call, and analysts keep what they have until then"
            )


@contextmanager
def open_home(settings: Settings) -> Iterator[Home]:
    """Open the state database below `settings.home` (made and migrated when new) and close it at the end."""
    state = open_state(settings)
    home = Home(settings, state)
    try:
        yield home
    finally:
        home.warehouse.let_go()
        state.dispose()
