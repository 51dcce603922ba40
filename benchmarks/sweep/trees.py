"""Releases to measure: this checkout, and others checked out beside it for as long as the sweep runs."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Tree:
    """A checkout and what it is called; its code runs on this interpreter and its packages."""

    name: str
    folder: Path


@contextmanager
def trees(commits: Sequence[str]) -> Iterator[list[Tree]]:
    """This checkout as it stands, then each commit as a git worktree in a temporary folder."""
    here = Tree("here", HERE)
    _compile(here)
    with ExitStack() as stack:
        yield [here, *(stack.enter_context(_worktree(commit)) for commit in commits)]


@contextmanager
def _worktree(commit: str) -> Iterator[Tree]:
    with tempfile.TemporaryDirectory(prefix="clarity-sweep-") as folder:
        tree = Tree(commit, Path(folder) / "tree")
        _git("worktree", "add", "--quiet", "--detach", str(tree.folder), commit)
        try:
            _compile(tree)
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree.folder))


def _compile(tree: Tree) -> None:
    """So that no night compiles the package, whose release would be the one that nobody ran before."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(tree.folder / "clarity_pipeline")], check=True)


def _git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(HERE), *arguments], check=True, stdout=sys.stderr)
