"""What the benchmark of the daemon counts."""

import subprocess
import sys

import pytest

from benchmarks.daemon.services import processes_of, processor_seconds

BURN = "import time\nwhile time.process_time() < 0.3: pass"


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
def test_what_a_child_took_that_has_ended_is_counted_for_the_runs() -> None:
    script = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}])\nprint('done', flush=True)\nsys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert parent.stdout is not None
    with parent, parent.stdout as output:
        assert output.readline() == b"done\n"
        assert len(processes_of([parent.pid])) == 1
        found = processor_seconds([parent.pid])
        parent.communicate()
    assert found["runs"] >= 0.25  # the kernel counts in hundredths, and cuts them
