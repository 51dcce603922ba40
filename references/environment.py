"""The variables that the settings read."""

from clarity_pipeline.settings import VARIABLES
from references import markdown
from references.markdown import plain, table

OPENING = """\
Everything is read once, when a command or a service starts. A value that cannot be used ends the command with one line that names
the variable. An empty variable counts as one that is not set."""


def page() -> str:
    """The reference of the environment."""
    rows = ([f"`{each.name}`", plain(each.default), plain(each.meaning)] for each in VARIABLES)
    return markdown.page("Environment", OPENING, table(("variable", "default", "meaning"), rows))
