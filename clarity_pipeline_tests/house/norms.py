"""The norms of the house as functions from a folder or a graph to what offends them; the tests beside this ask them."""

import ast
import graphlib
import io
import re
import tokenize
from collections.abc import Iterator, Mapping, Set
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_MODULE = 300

PYTHON = ("clarity_pipeline", "clarity_pipeline_tests", "benchmarks", "references", "generate")
"""Folders whose modules are held to a length, and whose comments may name documents."""

ROOMS = frozenset(
    [
        *("alerts", "calls", "clarity", "cli", "connections", "day", "imports", "normalize", "orchestration"),
        *("panel", "rules", "settings", "simulator", "state", "trust", "upkeep", "vault", "warehouse"),
    ]
)
MODULES = frozenset(["definitions.py", "errors.py", "failpoints.py", "home.py"])
ROOMS_TO_COME = frozenset(["telemetry", "recordings", "read", "report"])
"""Together 26 names: so many a reader takes in at a glance. Whoever wants another one takes one away."""

_NO_MODULES = {"__init__.py", "__pycache__", "py.typed"}

_DOCUMENT = re.compile(r"[\w./-]*\b[\w-]+\.md\b(?:#[\w-]+)?")
_HEADING = re.compile(r"^#{1,6} +(.+?) *(?:\{#([\w-]+)\})?$", re.MULTILINE)
_FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)

COMMENTED = {".py": "#", ".sql": "--", ".yaml": "#", ".yml": "#", ".toml": "#", ".service": "#", ".css": "/*"}

_TEXTS = {*COMMENTED, ".md", ".html", ".js"}
_OF_A_CONFLICT = re.compile(r"^\s*(?:<{7}|>{7})(?: |$)", re.MULTILINE)


def too_long(root: Path = ROOT, *, most: int = LONGEST_MODULE) -> dict[str, int]:
    """Modules over so many lines."""
    files = (file for folder in PYTHON for file in sorted((root / folder).rglob("*.py")))
    lengths = {str(file.relative_to(root)): len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    return {name: length for name, length in lengths.items() if length > most}


def names_at_the_root(package: Path = ROOT / "clarity_pipeline") -> set[str]:
    """What stands at the root of the package; a folder without Python in it, as git leaves one behind, counts for nothing."""
    return {each.name for each in package.iterdir() if each.is_file() or any(each.rglob("*.py"))} - _NO_MODULES


def circle(imports: Mapping[str, Set[str]]) -> list[str] | None:
    """A way of imports that leads back to where it began, if there is one."""
    try:
        graphlib.TopologicalSorter(imports).prepare()
    except graphlib.CycleError as error:
        found: list[str] = error.args[1]
        return found
    return None


def citations(file: Path) -> set[str]:
    """The documents that comments and docstrings of a file name, with their section where one is given."""
    text = file.read_text(encoding="utf-8")
    said = "\n".join(_said_in_python(text) if file.suffix == ".py" else _said_in_lines(text, COMMENTED[file.suffix]))
    return {each.rstrip(".") for each in _DOCUMENT.findall(said)}


def leads_nowhere(citation: str, root: Path = ROOT) -> bool:
    """Whether the document is not in the repository, or has no such section. Names are those from the root."""
    name, _, section = citation.partition("#")
    file = root / name
    return not file.is_file() or bool(section and section not in anchors(file))


@cache
def anchors(file: Path) -> frozenset[str]:
    """Where a link into a document may lead: its headings as the site builder writes them, or as they say themselves."""
    text = _FENCED.sub("", file.read_text(encoding="utf-8"))
    return frozenset(given or _slug(heading) for heading, given in _HEADING.findall(text))


def _slug(heading: str) -> str:
    plain = re.sub(r"[^\w\s-]", "", heading.replace("`", "")).strip().lower()
    return re.sub(r"[-\s]+", "-", plain)


def _said_in_python(text: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(text)):  # docstrings, also those of a constant
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value


def _said_in_lines(text: str, mark: str) -> Iterator[str]:
    yield from (line.partition(mark)[2] for line in text.splitlines())


def left_of_a_merge(root: Path = ROOT) -> list[str]:
    """Text files with the marks of a conflict that nobody resolved; within a docstring no tool sees them."""
    folders = [root / name for name in (*PYTHON, "docs", "sql", "deploy")]
    files = [*root.glob("*.*"), *(each for folder in folders for each in folder.rglob("*.*"))]
    texts = {each: each.read_text(encoding="utf-8") for each in files if each.suffix in _TEXTS}
    return sorted(str(each.relative_to(root)) for each, text in texts.items() if _OF_A_CONFLICT.search(text))
