"""The vault: every answer exactly as it was received, written once and changed by nothing but `forget`.

    <folder>/<business>/<date>/<slice>/<fetched_at>-<numOfDays>d.json.zst      the bytes, zstd
    <folder>/<business>/<date>/<slice>/<fetched_at>-<numOfDays>d.meta.json     sha256, window, request

The date is that before the call, on which the window ends, also for an answer of two or three days. `capture` writes here
before anything can fail on the content, so a better parser never costs a call; the normalising assets read from here. The
answer's own rename is the moment it exists: its sidecar is on disk before it. The vault holds visitors' URLs as Clarity sent
them, so its folders are private (0700), and with `CLARITY_VAULT_KEYS` each answer is sealed once it is compressed (`seal`). A
sealed file keeps its name, so that sealing one is one rename; its first bytes tell. Sidecars, which hold nothing of the answer,
are never sealed.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import zstandard

from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.vault import private_files
from clarity_pipeline.vault.keys_in_use import Keys
from clarity_pipeline.vault.seal import opened, seal
from clarity_pipeline.vault.stored_answer import SUFFIX, Purpose, StoredAnswer, VaultDamaged, read_sidecar, sidecar, to_json

_ASKED_FOR_THE_LANE = {"sync", "refetch"}


@dataclass(frozen=True, slots=True)
class Vault:
    """Answers below one folder; `given_keys` (newest first) seal them where there are any."""

    folder: Path
    given_keys: tuple[str, ...] = field(default=(), repr=False)

    @property
    def keys(self) -> Keys:
        """Which keys there are, and which the answers need."""
        return Keys(self.folder, self.given_keys)

    def keep(
        self,
        body: bytes,
        *,
        business_id: str,
        date: date,
        slice_name: str,
        num_of_days: int,
        window: tuple[datetime, datetime],
        purpose: Purpose,
        dimensions: tuple[str, ...] | None = None,
        token_hint: str | None = None,
    ) -> StoredAnswer:
        """Write one answer: sidecar, then bytes, each to a temporary name, synced and renamed."""
        window_start, fetched_at = window
        lane = self._lane(business_id, date=date, slice_name=slice_name)
        private_files.make_private(self.folder, lane)
        answer = StoredAnswer(
            path=_free_path(lane, f"{fetched_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{num_of_days}d"),
            business_id=business_id,
            date=date,
            slice_name=slice_name,
            num_of_days=num_of_days,
            fetched_at=fetched_at,
            window_start=window_start,
            window_end=fetched_at,
            purpose=purpose,
            sha256=hashlib.sha256(body).hexdigest(),
            size_bytes=len(body),
            dimensions=dimensions,
            token_hint=token_hint,
        )
        self._put(answer, body)
        return answer

    def place(self, path: Path) -> str:
        """What a sealed answer is bound to: its business, date, slice and name."""
        return path.relative_to(self.folder).as_posix()

    def answers(self, business_id: str, *, date: date, slice_name: str, num_of_days: int | None = None) -> list[StoredAnswer]:
        """The lane's answers (of so many days, if given), the one to prefer first: those asked for as the lane, newest first.

        A person's test, or the half of a pair, late in the morning covers less of the date than the run at 00:05, so it never
        displaces it.
        """
        lane = self._lane(business_id, date=date, slice_name=slice_name)
        names = "*" if num_of_days is None else f"*Z-{num_of_days}d*"
        stored = [read_sidecar(path) for path in lane.glob(f"{names}{SUFFIX}")]
        return sorted(stored, key=_preference, reverse=True)

    def read(self, answer: StoredAnswer) -> bytes:
        """The exact bytes; raise `VaultDamaged` when they no longer match their sha256, `VaultLocked` without their key."""
        body: bytes | None
        try:
            packed = opened(answer.path.read_bytes(), keys=self.given_keys, place=self.place(answer.path))
            body = packed and zstandard.ZstdDecompressor().decompress(packed, max_output_size=answer.size_bytes)
        except OSError as error:
            raise VaultDamaged(
                f"the stored answer {answer.path.name} of {answer.business_id} {answer.date} {answer.slice_name} cannot be read"
                f" ({error.strerror}): look at the disk and at the machine's own log; its rows stand"
            ) from None
        except zstandard.ZstdError:
            body = None
        if body is None or hashlib.sha256(body).hexdigest() != answer.sha256:
            raise VaultDamaged(
                f"the stored answer {answer.path.name} of {answer.business_id} {answer.date} {answer.slice_name} is damaged;"
                " restore it from a backup, or move it away and sync again while the day can still be fetched"
            )
        return body

    def business_days(self) -> list[tuple[date, str]]:
        """Every (date, business) that has a folder, oldest first."""
        found = [(_date_of(folder), folder.parent.name) for folder in self.folder.glob("*/*")]
        return sorted((day, business_id) for day, business_id in found if day is not None)

    def files(self, business_id: str, *, date: date) -> list[Path]:
        """The files of a date's answers, of all its lanes, whether their sidecars can be read or not."""
        return sorted((self.folder / business_id / date.isoformat()).glob(f"*/*{SUFFIX}"))

    def slices_fetched(self, business_id: str, *, on: date) -> list[str]:
        """The slice of each answer that was fetched on that UTC date, by the names of the files alone: nothing is opened."""
        files = self.files(business_id, date=on - timedelta(days=1))
        fetched = {(path.parent.name, path.name.partition("Z")[0]) for path in files if path.name.startswith(f"{on:%Y%m%d}T")}
        return [slice_name for slice_name, _ in sorted(fetched)]

    def keep_in_place_of(self, answer: StoredAnswer, body: bytes) -> StoredAnswer:
        """Write other bytes as the same answer, beside it and preferred to it, until `drop` removes it; for `forget`."""
        number = answer.path.name.removesuffix(SUFFIX).partition("d-")[2]  # a later one, or it would not be preferred
        stem = f"{answer.fetched_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{answer.num_of_days}d"
        anew = replace(
            answer,
            path=_free_path(answer.path.parent, stem, after=int(number or 1)),
            sha256=hashlib.sha256(body).hexdigest(),
            size_bytes=len(body),
        )
        self._put(anew, body)
        return anew

    def drop(self, answer: StoredAnswer) -> None:
        """Remove one answer for good, its sidecar after it; only `forget` calls this."""
        answer.path.unlink()
        sidecar(answer.path).unlink()

    def weigh(self, business_id: str, *, date: date) -> tuple[int, int]:
        """How many answers a date of a business has, and the bytes of all its files."""
        files = [path for path in (self.folder / business_id / date.isoformat()).rglob("*") if path.is_file()]
        return sum(path.name.endswith(SUFFIX) for path in files), sum(path.stat().st_size for path in files)

    def forget(self, business_id: str, *, date: date) -> None:
        """Remove a date of a business for good; only `prune` calls this. Answers go before their sidecars."""
        folder = self.folder / business_id / date.isoformat()
        for path in self.files(business_id, date=date):
            path.unlink()
        shutil.rmtree(folder)

    def _put(self, answer: StoredAnswer, body: bytes) -> None:
        private_files.write(sidecar(answer.path), json.dumps(to_json(answer), indent=1).encode())
        failpoint("sidecar_kept")
        packed, key = zstandard.ZstdCompressor(level=3).compress(body), self.keys.newest()
        private_files.write(answer.path, packed if key is None else seal(packed, key=key, place=self.place(answer.path)))
        self.keys.newest()  # noted anew where `vault unseal` came to its end since it was asked for

    def _lane(self, business_id: str, *, date: date, slice_name: str) -> Path:
        return self.folder / business_id / date.isoformat() / slice_name


def _date_of(folder: Path) -> date | None:
    try:
        return date.fromisoformat(folder.name)
    except ValueError:
        return None


def _preference(answer: StoredAnswer) -> tuple[bool, datetime, int, str]:
    name = answer.path.name  # of two of one instant the second has a number, and so the longer name
    return answer.purpose in _ASKED_FOR_THE_LANE, answer.fetched_at, len(name), name


def _free_path(lane: Path, stem: str, *, after: int = 0) -> Path:
    """A second answer of the very same instant (a standing clock) gets a number, it never replaces the first."""
    path, number = lane / f"{stem}{SUFFIX}", 1
    while path.exists() or number <= after:
        number += 1
        path = lane / f"{stem}-{number}{SUFFIX}"
    return path
