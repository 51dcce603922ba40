"""`make dev`: the Dagster UI, daemon and code server on the embedded default, for one person on one machine.

When CLARITY_HOME holds a demo, the fake Clarity runs beside them on the real clock, so that its businesses go on living and
no made-up token is ever sent to Microsoft.
"""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from time import monotonic, sleep

from clarity_pipeline.cli.demo.play import made_here
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.orchestration.instance import dagster_home, open_instance
from clarity_pipeline.settings.settings import Settings, utc_now

_SECONDS_TO_END = 20.0


def main() -> int:
    """Run `dagster dev` until it ends."""
    try:
        settings = Settings.from_env()
        environment = {**os.environ, "CLARITY_HOME": str(settings.home), "DAGSTER_HOME": str(dagster_home(settings))}
        with open_instance(settings):
            pass  # made here, before the UI, the daemon and the code server would make it all at once
    except ClarityPipelineError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    with ExitStack() as stack:
        demo = made_here(settings.home)
        if demo is not None and settings.is_real_clarity:
            fake = stack.enter_context(demo.fake_clarity(utc_now))
            environment["CLARITY_API_BASE_URL"] = fake.base_url
            sys.stderr.write(f"This home holds a demo: calls go to the fake Clarity at {fake.base_url}.\n")
        quiet = "ignore:Function `dev_command` is superseded"  # its successor `dg dev` is a package of its own
        command = [sys.executable, "-W", quiet, "-m", "dagster", "dev", "-m", "clarity_pipeline.definitions", *sys.argv[1:]]
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` has it ignored, which Dagster would inherit
        process = subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603 - our own command
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        return _seen_through(process)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _seen_through(process: "subprocess.Popen[bytes]") -> int:
    """Wait for Dagster; once it is to end, let it end in its own order, and see to it that nothing of it is left."""
    try:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            return process.wait(_SECONDS_TO_END)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        return 1
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not _is_left(process.pid, seconds=0 if number is signal.SIGTERM else _SECONDS_TO_END / 4):
                break
            os.killpg(process.pid, number)
        process.wait()


def _is_left(group: int, *, seconds: float) -> bool:
    """Whether a process of the group lives after so long at the most."""
    ends_at = monotonic() + seconds
    while True:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        if monotonic() >= ends_at:
            return True
        sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
