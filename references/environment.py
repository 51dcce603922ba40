"""The variables that the settings read. Who adds one to `Settings.from_env` gives it a line here; a test compares the two."""

from dataclasses import dataclass

from clarity_pipeline.settings.settings import CALLS_AT_ONCE, LEAST_DAYS_KEPT, LEAST_RECORDS_DAYS, RECORDS_DAYS, RUNS_DAYS
from clarity_pipeline.settings.variables import REAL_CLARITY
from references import markdown
from references.markdown import plain, table

OPENING = """\
Everything is read once, when a command or a service starts. A value that cannot be used ends the command with one line that names
the variable. An empty variable counts as one that is not set."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable that `Settings.from_env` reads; its texts are Markdown."""

    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable("CLARITY_HOME", "`./var`", "the folder that holds everything that is written"),
    Variable("CLARITY_API_BASE_URL", f"`{REAL_CLARITY}`", "where calls go"),
    Variable("CLARITY_STATE_URL", "SQLite in the home", "`postgresql+psycopg2://user:password@host/database` in production"),
    Variable("CLARITY_ENCRYPTION_KEYS", "a key file in the home", "Fernet keys with commas between them, the newest first"),
    Variable(
        "CLARITY_VAULT_KEYS",
        "answers lie open",
        "keys with commas between them, the newest first, that [seal the vault](../operations.md#seal); kept by you",
    ),
    Variable("CLARITY_ALERT_WEBHOOK_URL", "none", "alerts are also posted there as JSON"),
    Variable("CLARITY_WEBHOOK_ALLOW", "none", "internal hooks that alerts may go to: `host` or `host:port`, with commas"),
    Variable("CLARITY_PANEL_ORIGIN", "loopback", "what browsers see of the panel behind a proxy: `https://panel.example.com`"),
    Variable(
        "CLARITY_PANEL_PROXIES", "none", "addresses or networks of proxies whose `X-Forwarded-For` is believed, with commas"
    ),
    Variable(
        "CLARITY_PANEL_SECOND_FACTOR",
        "none",
        "roles whose people must have a second factor, such as `agency_admin,agency_member`; who has none is led to set it up",
    ),
    Variable(
        "CLARITY_PANEL_OPENID_ISSUER", "none", "who people may sign in to the panel with, such as `https://accounts.google.com`"
    ),
    Variable("CLARITY_PANEL_OPENID_CLIENT", "none", "the panel's client ID at that issuer"),
    Variable("CLARITY_PANEL_OPENID_SECRET", "none", "its client secret"),
    Variable("CLARITY_PANEL_OPENID_NAME", "the issuer's host", "what the button says: Sign in with ..."),
    Variable("CLARITY_ENTITIES_FOLDER", "`inbox/entities` in the home", "where files of ad entities are dropped to be loaded"),
    Variable("CLARITY_EXPERIMENTS_FOLDER", "`inbox/experiments` in the home", "the same for files of experiments"),
    Variable("CLARITY_VAULT_DAYS", "for ever", f"days of answers to keep, from {LEAST_DAYS_KEPT} on; also what `prune` assumes"),
    Variable("CLARITY_ROWS_DAYS", "for ever", f"days of rows to keep, from {LEAST_DAYS_KEPT} on; also what `prune` assumes"),
    Variable(
        "CLARITY_RUNS_DAYS",
        f"{RUNS_DAYS}",
        "days of Dagster's runs and events to keep, or `all`; partitions stay materialised, and CLARITY_RETENTION is not asked",
    ),
    Variable(
        "CLARITY_JOBS_DAYS",
        f"{RECORDS_DAYS}",
        f"days of jobs and calls to keep, from {LEAST_RECORDS_DAYS} on, or `all`; what is open or loaded an answer of the vault"
        " stays, and CLARITY_RETENTION is not asked",
    ),
    Variable(
        "CLARITY_EVALUATIONS_DAYS",
        f"{RECORDS_DAYS}",
        f"days of what rules said to keep, from {LEAST_RECORDS_DAYS} on, or `all`; what fired stays, and CLARITY_RETENTION is not"
        " asked",
    ),
    Variable(
        "CLARITY_PUBLISHED_PAYLOAD_DAYS",
        "`31`",
        "of how many of the newest dates the published file has `raw_payload`, two thirds of its bytes; a number, or `all`",
    ),
    Variable("CLARITY_RETENTION", "`dry-run`", "`on` lets the daily job `retention` remove what it otherwise only counts"),
    Variable("CLARITY_NOW", "the machine's clock", "an ISO instant used as the clock; refused with the real Clarity"),
    Variable(
        "CLARITY_PARTITIONS_START",
        "3 months before the first connect",
        "first date of the partition grid, which never moves up by itself; older data stays in DuckDB",
    ),
    Variable(
        "CLARITY_DAGSTER_URL", "`http://127.0.0.1:3000`", "where people open the Dagster UI: messages about a run link to it"
    ),
    Variable(
        "CLARITY_CALLS_AT_ONCE", f"`{CALLS_AT_ONCE}`", "calls to Clarity at the same time, from this machine; a project gets one"
    ),
    Variable("DAGSTER_HOME", "`dagster` in the home", "where Dagster keeps its own storage and reads its `dagster.yaml`"),
)


def page() -> str:
    """The reference of the environment."""
    rows = ([f"`{each.name}`", plain(each.default), plain(each.meaning)] for each in VARIABLES)
    return markdown.page("Environment", OPENING, table(("variable", "default", "meaning"), rows))
