"""Every finding about data: from the registry of codes."""

from clarity_pipeline.trust.code import SEVERITIES, Code
from clarity_pipeline.trust.codes import CODES
from references import markdown
from references.markdown import plain, table

OPENING = """\
What `clarity_findings` says of a lane, by code, the worst first. [Findings about the data](../findings.md) says who is told of
them, and when."""

MEANING = {
    "error": "A published number is wrong. `doctor` and `sync --strict` exit 1.",
    "warning": "Something is missing, or to be read with care.",
    "info": "Odd, and harmless. Told in no message.",
}


def page() -> str:
    """The reference of the codes."""
    return markdown.page("Findings", OPENING, *map(_of, SEVERITIES))


def _of(severity: str) -> str:
    members = [each for each in CODES if each.severity == severity]
    listed = table(("code", "says", "`figure` is", "what to do"), map(_row, members))
    return f"## {severity.capitalize()}\n\n{MEANING[severity]}\n\n{listed}"


def _row(code: Code) -> list[str]:
    said = code.sentence.replace("{metric}", "*metric*")
    for figure in ("{figure:,.0f}", "{figure:+,.0f}", "{figure:.0%}", "{figure:+.1%}", "{figure:+.2f}"):
        said = said.replace(figure, "*figure*")
    return [f"`{code.code}`", said.replace("<", "&lt;"), plain(code.figure), plain(code.what_to_do)]
