"""What the machine, its clock, its network and its people may do in a night. Drawn by `trial`."""

import shutil
import socket
import subprocess
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE
from clarity_pipeline_tests.torture.night import Fault, Night
from clarity_pipeline_tests.world import PROJECT

_ROOM = 24 * 2**20
"""Bytes that are free on the small disk: enough for a night."""


def may_mount(folder: Path) -> bool:
    """Whether this user may have a file system of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    if not _mount("-t", "tmpfs", "none", str(folder)):
        return False
    return subprocess.run(["umount", "-l", folder], check=True).returncode == 0


def _mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


def _on_a_disk_of_its_own(night: Night) -> Path:
    """Move the home to a small file system that is mounted in its place."""
    home = night.world.folder
    aside = home.with_name("moved")
    home.rename(aside)
    home.mkdir()
    size = sum(each.stat().st_size for each in aside.rglob("*") if each.is_file())
    assert _mount("-t", "tmpfs", "-o", f"size={size + _ROOM},mode=0700", "none", str(home))
    night.stack.callback(subprocess.run, ["umount", "-l", str(home)], check=True)
    shutil.copytree(aside, home, dirs_exist_ok=True)
    shutil.rmtree(aside)
    return home


def disk_full(night: Night) -> None:
    left = night.chance.choice((0, 0, 4096, 100_000, 1_000_000))
    home = _on_a_disk_of_its_own(night)
    with (home / "filler").open("wb", buffering=0) as filler:
        filler.truncate(0)
        free = shutil.disk_usage(home).free - left
        while free > 0 and (wrote := filler.write(b"\0" * min(free, 2**20))):
            free -= wrote


def room_again(night: Night) -> None:
    (night.world.folder / "filler").unlink()


def read_only(night: Night) -> None:
    home = _on_a_disk_of_its_own(night)
    assert _mount("-o", "remount,ro", str(home))


def writable_again(night: Night) -> None:
    assert _mount("-o", "remount,rw", str(night.world.folder))


def no_more_files(night: Night) -> None:
    home = _on_a_disk_of_its_own(night)
    files = sum(1 for _ in home.rglob("*"))
    assert _mount("-o", f"remount,nr_inodes={files + night.chance.randint(2, 6)}", str(home))


def more_files(night: Night) -> None:
    assert _mount("-o", "remount,nr_inodes=100000", str(night.world.folder))


def _clock_off(days: tuple[float, float], night: Night) -> None:
    night.environment["CLARITY_NOW"] = (night.world.now + timedelta(days=night.chance.uniform(*days))).isoformat()


def as_it_was(night: Night) -> None:
    """Clock, address and all else are right again."""
    night.environment.clear()


def nobody_listens(night: Night) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    night.environment["CLARITY_API_BASE_URL"] = f"http://127.0.0.1:{port}"


def no_such_name(night: Night) -> None:
    night.environment["CLARITY_API_BASE_URL"] = "https://clarity.invalid"
    night.environment["CLARITY_NOW"] = night.world.now.isoformat()


def _network(fault: faults.Fault, night: Night) -> None:
    night.world.fake.script(PROJECT, *(fault if night.chance.random() < 0.6 else None for _ in range(night.chance.randint(1, 6))))


def _imported(command: tuple[str, ...], suffix: str, make: Callable[[Night], bytes], night: Night) -> None:
    """A person imports what is no such file, and is told so at once."""
    from clarity_pipeline_tests.torture.trial import command as typed

    file = night.world.folder.with_name(f"bad{suffix}")
    file.write_bytes(make(night))
    status, said = typed(night.world, *command, str(file))
    assert status in (1, 2), f"{status}: {said}"
    assert "internal error" not in said, said
    assert "Traceback" not in said, said


_CSV = b"business,date,platform,level,id,name,spend,clicks\nacme,2026-05-03,google,campaign,c1,Autumn,12.5,10\n"
_YAML = FIRES_AT_ONCE.encode()


def _spoilt(good: bytes, night: Night) -> bytes:
    content = bytearray(good)
    match night.chance.randrange(6):
        case 0:
            return night.chance.randbytes(night.chance.randint(1, 5000))
        case 1:
            return b""
        case 2:
            return bytes(content).decode().encode("utf-16")
        case 3:
            content[night.chance.randrange(len(content) // 2)] = 0
            return bytes(content)
        case 4:
            return b"\xff\xfe" + bytes(content) + b"\x80"
        case _:
            return bytes(content).replace(b"2026-05-03", b"2026-13-45").replace(b"clarity_sessions", b"clarity_nothing")


MACHINE: dict[str, Fault] = {
    "disk full": Fault(disk_full, room_again, may_cost_lanes=True, needs_root=True),
    "disk read-only": Fault(read_only, writable_again, needs_root=True),
    "disk without room for files": Fault(no_more_files, more_files, may_cost_lanes=True, needs_root=True),
    # By less than a day: CLARITY_NOW counts as meant, so Clarity is not asked what time it is (`day/test_clock` asks).
    # It falls on a date that is loaded already, so what is asked is that nothing of it is fetched or told once more.
    "clock backwards": Fault(partial(_clock_off, (-0.9, -0.2)), as_it_was, must_be_told=False),
    "nobody listens": Fault(nobody_listens, as_it_was, may_cost_lanes=True),
    "no such name": Fault(no_such_name, as_it_was, may_cost_lanes=True),
    "connections reset": Fault(partial(_network, faults.RESET), must_be_told=False, may_cost_lanes=True),
    "bodies cut": Fault(partial(_network, faults.CUT_BODY), must_be_told=False, may_cost_lanes=True),
    "no answer": Fault(partial(_network, faults.NO_ANSWER), must_be_told=False, may_cost_lanes=True),
    "bad file of ads": Fault(partial(_imported, ("entities", "import"), ".csv", partial(_spoilt, _CSV)), must_be_told=False),
    "bad rules": Fault(partial(_imported, ("rules", "import"), ".yaml", partial(_spoilt, _YAML)), must_be_told=False),
}
