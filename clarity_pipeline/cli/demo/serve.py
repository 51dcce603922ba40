"""The fake Clarity of a demo's home, for a process that has to fetch there: `python -m clarity_pipeline.cli.demo.serve HOME`.

Its first line is the address; it ends when its standard input does, that is with whoever started it, however that ends. Started
by `calls.of_a_demo`, which may not import the simulator.
"""

import sys
from pathlib import Path

from clarity_pipeline.cli.demo.play import made_here
from clarity_pipeline.settings.settings import utc_now


def main(home: str) -> int:
    """Serve until standard input ends."""
    demo = made_here(Path(home))
    if demo is None:
        sys.stderr.write("error: that home holds no demo\n")
        return 1
    with demo.fake_clarity(utc_now) as fake:
        sys.stdout.write(f"{fake.base_url}\n")
        sys.stdout.flush()
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
