"""`make dev`: the Dagster UI, daemon and code server on the embedded default, for one person on one machine.

When CLARITY_HOME holds a demo, the fake Clarity runs beside them on the real clock, so that its businesses go on living and
no made-up token is ever sent to Microsoft.
"""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack

from clarity_pipeline.cli.demo.play import made_here
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.orchestration.instance import dagster_home, open_instance
from clarity_pipeline.settings import Settings, utc_now


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
        process = subprocess.Popen(command, env=environment)  # noqa: S603 - our own command
        signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))  # else Dagster's processes would outlive us
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # Ctrl-C reaches Dagster too, which ends in its own order


if __name__ == "__main__":
    sys.exit(main())
