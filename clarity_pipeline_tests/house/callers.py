"""What docstrings say about who calls a module, and whether that module is really imported there."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click
import grimp

PACKAGE = "clarity_pipeline"

_CLAIM = re.compile(r"\b(?:called|used|asked) (only |alone )?by\b ?", re.IGNORECASE)
_NAMES = re.compile(r"((?:(?:, | and |, and )?(?:by )?`[^`]+`)+)")


@dataclass(frozen=True)
class Claim:
    """One sentence such as "Called by `capture` and `quota status`."; without `callers` nobody can check it."""

    module: str
    line: int
    sentence: str
    callers: tuple[str, ...]
    alone: bool = False  # nobody else calls it, it says


def claims_of(module: str, source: str) -> Iterator[Claim]:
    """Every claim of the docstrings in a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = " ".join((ast.get_docstring(node) or "").split())
            for found in _CLAIM.finditer(text):
                names = _NAMES.match(text, found.end())
                callers = tuple(re.findall(r"`([^`]+)`", names[1])) if names else ()
                alone = bool(found[1]) or text.startswith((" alone", " only"), names.end() if names else found.end())
                yield Claim(module, getattr(node, "lineno", 1), text[found.start() : found.end() + 60], callers, alone)


@cache
def claims() -> tuple[Claim, ...]:
    """Those of the whole package."""
    root = Path(__file__).parents[2]
    files = sorted((root / PACKAGE).rglob("*.py"))
    return tuple(claim for file in files for claim in claims_of(_module(file.relative_to(root)), file.read_text()))


@cache
def imports() -> grimp.ImportGraph:
    """Which module of the package imports which; imports inside of functions are seen too."""
    return grimp.build_graph(PACKAGE, cache_dir=None)


@cache
def commands() -> Mapping[str, str]:
    """Module of every command and group, by the words that are typed."""
    from clarity_pipeline.cli.main import cli

    return dict(_commands(cli, click.Context(cli), ()))


def is_true(claim: Claim, caller: str) -> bool:
    """Whether a module, room or command of that name imports the module that claims it."""
    return bool(_with_inside(named(claim.module, caller)) & importers(claim.module))


def importers(module: str) -> set[str]:
    """Every module that imports a module, or one of a room, from outside of it."""
    inside = _with_inside({module})
    return {each for place in inside for each in imports().find_modules_that_directly_import(place)} - inside


def others(claim: Claim) -> set[str]:
    """Who imports the module beside the callers that are named."""
    return importers(claim.module) - _with_inside({place for caller in claim.callers for place in named(claim.module, caller)})


def named(module: str, caller: str) -> set[str]:
    """What a name means to the docstring of a module: a neighbour, else any module or room that ends so, and the command."""
    known = imports().modules
    neighbour = f"{module.rpartition('.')[0]}.{caller}"
    ends_so = {each for each in known if each.endswith(f".{caller}")}
    command = commands().get(caller.removeprefix("clarity-pipeline "))
    return ({neighbour} if neighbour in known else ends_so) | ({command} if command else set())


def _with_inside(places: set[str]) -> set[str]:
    return {each for place in places for each in (place, *imports().find_descendants(place))}


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _commands(command: click.Command, context: click.Context, words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if words and command.callback is not None:
        yield " ".join(words), command.callback.__module__
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _commands(inner, context, (*words, name))
