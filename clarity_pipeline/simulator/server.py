"""The fake Clarity: a real HTTP/1.1 server on 127.0.0.1 with the export API's contract (`docs/clarity-api.md`).

The demo, the tests and `clarity-pipeline simulate` start a `FakeClarity`; the pipeline is pointed at its `base_url` and knows no
difference. Its clock is asked anew for each request. It prints nothing, reads no environment and keeps nothing on disk.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from threading import Event as Signal
from threading import Lock
from types import TracebackType
from typing import Literal

from clarity_pipeline.settings.settings import LIVE_INSIGHTS_PATH, Clock
from clarity_pipeline.simulator.answers import Answer, answer, encode
from clarity_pipeline.simulator.faults import JSON_TYPE, SERVER_ERROR, Fault
from clarity_pipeline.simulator.listener import Listener, Request
from clarity_pipeline.simulator.reply import Reply
from clarity_pipeline.simulator.site import CountryRegion, CountsAs, Site
from clarity_pipeline.simulator.tokens import FAR_AWAY, looks_like_clarity, mint
from clarity_pipeline.simulator.truth import Truth, truth
from clarity_pipeline.simulator.window import SessionLog

CALLS_A_DAY = 10
_EVERYBODY = ""
_NUM_OF_DAYS = {"1": 1, "2": 2, "3": 3}


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was served: `project_id` is None without a known token, `status` is None when nothing was sent back."""

    at: datetime
    project_id: str | None
    params: Mapping[str, str]
    status: int | None


@dataclass(slots=True)
class _Grant:
    """What a token is good for."""

    project_id: str
    expires_at: datetime
    refused_with: int | None = None


class FakeClarity:
    """Clarity for some sites, between `start()` and `close()` or as a context manager.

    `clock` decides the window and the quota's day of each request; `counts_as` is how counts are typed unless a site says
    otherwise; `country_region` may be set at any time; port 0 takes a free one. `also` gives further groups, from those
    of an answer, as when Clarity begins to send what nobody has seen yet. `answers_after_seconds` is how long each call takes.
    `answer` and `truth` work without the server running.
    """

    def __init__(
        self, sites: Sequence[Site], *, clock: Clock, seed: int = 7, port: int = 0, counts_as: CountsAs = "numbers"
    ) -> None:
        self._clock = clock
        self._seed = seed
        self._port = port
        self._counts_as = counts_as
        self.country_region: CountryRegion = "dropped"
        self.also: Callable[[Answer], Answer] | None = None
        self.answers_after_seconds = 0.0
        self._logs = {site.project_id: SessionLog(site, seed) for site in sites}
        self._lock = Lock()
        self._closing = Signal()
        self._at_once: Counter[str] = Counter()
        self._most_at_once: Counter[str] = Counter()
        self._grants: dict[str, _Grant] = {}
        self._tokens: defaultdict[str, list[str]] = defaultdict(list)
        self._spent: Counter[tuple[str, date]] = Counter()
        self._faults: defaultdict[str, deque[Fault | None]] = defaultdict(deque)
        self._outages: defaultdict[str, list[tuple[datetime, datetime, Fault]]] = defaultdict(list)
        self._calls: list[Call] = []
        self._listener: Listener | None = None
        for site in sites:
            self._grant(site.project_id, expires_at=site.token_expires_at or FAR_AWAY)

    def __enter__(self) -> "FakeClarity":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Bind the port and answer from now on, in daemon threads."""
        self._closing.clear()
        self._listener = Listener(self._port, self._respond)
        self._listener.start()

    def close(self) -> None:
        """Stop; whatever connection is open ends at once, sleeping faults too."""
        listener, self._listener = self._listener, None
        self._closing.set()
        if listener is not None:
            listener.stop()

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:PORT`, for `CLARITY_API_BASE_URL`."""
        if self._listener is None:
            raise RuntimeError("the fake Clarity has an address only between start() and close()")
        return self._listener.base_url

    def token(self, project_id: str) -> str:
        """The newest token of a project; the same text for the same seed, also after a restart."""
        return self._tokens[project_id][-1]

    def reissue(self, project_id: str) -> str:
        """Make a further token, as an account's admin does after a revocation; the quota stays the project's."""
        return self._grant(project_id, expires_at=FAR_AWAY)

    def revoke(self, project_id: str, *, status: Literal[401, 403] = 401) -> None:
        """Refuse every token that the project has by now."""
        with self._lock:
            for token in self._tokens[project_id]:
                self._grants[token].refused_with = status

    def spend_day(self, project_id: str, *, left: int = 0) -> None:
        """Let someone else use up what is left of the project's present UTC day, or all but `left` calls of it."""
        with self._lock:
            day = project_id, self._now().date()
            self._spent[day] = max(self._spent[day], CALLS_A_DAY - left)

    def script(self, project_id: str, *faults: Fault | None) -> None:
        """Queue faults: each next call of the project takes one, None behaves. They come before the quota and spend it."""
        with self._lock:
            self._faults[project_id].extend(faults)

    def outage(self, project_id: str, start: datetime, end: datetime, *, fault: Fault = SERVER_ERROR) -> None:
        """Spoil every call of the project in `[start, end)`; what `script` has queued for a call comes first."""
        with self._lock:
            self._outages[project_id].append((start, end, fault))

    def calls(self, project_id: str | None = None) -> list[Call]:
        """What was served so far, oldest first; of one project, or of everyone."""
        with self._lock:
            return [call for call in self._calls if project_id in (None, call.project_id)]

    def most_at_once(self, project_id: str = _EVERYBODY) -> int:
        """How many calls were being answered at the same time, at most; of one project, or of everyone."""
        with self._lock:
            return self._most_at_once[project_id]

    def answer(self, project_id: str, *, dimensions: Sequence[str], num_of_days: int = 1, at: datetime) -> bytes:
        """The body that HTTP would send at an instant, for dimensions in wire spelling (`URL`, `Device`)."""
        log = self._logs[project_id]
        counts_as = log.site.counts_as or self._counts_as
        metrics = answer(
            log,
            dimensions=dimensions,
            num_of_days=num_of_days,
            at=at,
            counts_as=counts_as,
            country_region=self.country_region,
        )
        return encode(metrics if self.also is None else [*metrics, *self.also(metrics)])

    def truth(self, project_id: str, day: date) -> Truth:
        """What really happened on a UTC date, for tests to compare with."""
        return truth(self._logs[project_id], day)

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC)

    def _grant(self, project_id: str, *, expires_at: datetime) -> str:
        with self._lock:
            tokens = self._tokens[project_id]
            tokens.append(mint(project_id, seed=self._seed, serial=len(tokens), expires_at=expires_at))
            self._grants[tokens[-1]] = _Grant(project_id, expires_at)
            return tokens[-1]

    def _respond(self, request: Request) -> Reply:
        at = self._now()
        project_id, reply = self._decide(request, at)
        with self._counted(project_id):
            self._closing.wait(self.answers_after_seconds)
        status = None if reply.way in ("silent", "reset") else reply.status
        with self._lock:
            self._calls.append(Call(at, project_id, request.params, status))
        return reply

    @contextmanager
    def _counted(self, project_id: str | None) -> Iterator[None]:
        """Count the call among those that are being answered."""
        whose = {_EVERYBODY, project_id or _EVERYBODY}
        with self._lock:
            self._at_once.update(whose)
            self._most_at_once |= self._at_once
        try:
            yield
        finally:
            with self._lock:
                self._at_once.subtract(whose)

    def _decide(self, request: Request, at: datetime) -> tuple[str | None, Reply]:
        """The contract, in the order in which it is checked; every refusal has an empty body (`docs/clarity-api.md#errors`)."""
        if request.path != LIVE_INSIGHTS_PATH:
            return None, Reply(at, 404)
        if request.method != "GET":
            return None, Reply(at, 405, (("Allow", "GET"),), last=True)
        scheme, _, token = request.authorization.strip().partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        with self._lock:
            grant = self._grants.get(token)
            if grant is None:
                return None, Reply(at, 403 if token and not looks_like_clarity(token) else 401)
            project_id = grant.project_id
            if grant.refused_with or at >= grant.expires_at:
                return project_id, Reply(at, grant.refused_with or 401)
            self._spent[project_id, at.date()] += 1
            over = self._spent[project_id, at.date()] > CALLS_A_DAY
            faults = self._faults[project_id]
            fault = faults.popleft() if faults else None
            if fault is None:
                fault = next((fault for start, end, fault in self._outages[project_id] if start <= at < end), None)
        num_of_days = _NUM_OF_DAYS.get(request.params.get("numOfDays", ""))
        if fault is None and (over or num_of_days is None):
            return project_id, Reply(at, 429 if over else 400)
        dimensions = [request.params[name] for name in ("dimension1", "dimension2", "dimension3") if name in request.params]
        body = self.answer(project_id, dimensions=dimensions, num_of_days=num_of_days or 1, at=at)
        if fault is None:
            return project_id, Reply(at, 200, (JSON_TYPE,), body)
        return project_id, Reply(at, fault.status, fault.headers, fault.change(body), fault.way, last=True)


def serve(fake: FakeClarity, *, started: Callable[[FakeClarity], None], stop: Signal | None = None) -> None:
    """Run until Ctrl-C or until `stop` is set; `started` is called once it listens, to show address and tokens."""
    with fake:
        started(fake)
        try:
            (stop or Signal()).wait()
        except KeyboardInterrupt:
            return
