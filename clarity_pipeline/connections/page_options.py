"""How each page setting is said on the command line: read by the commands, and written in what they propose."""

from collections.abc import Mapping
from typing import Any

from clarity_pipeline.connections.pages import KEPT, NONE

SWITCHES = {
    "keep_path_ids": ("--keep-path-ids", "--mask-path-ids"),
    "hash_routes": ("--hash-routes", "--no-hash-routes"),
    "keep_trailing_slash": ("--keep-trailing-slash", "--drop-trailing-slash"),
    "fold_double_slashes": ("--fold-double-slashes", "--keep-double-slashes"),
    "lower_case_paths": ("--lower-case-paths", "--keep-path-case"),
    "compose_accents": ("--compose-accents", "--keep-accents"),
    "drop_session_ids": ("--drop-session-ids", "--keep-session-ids"),
}
"""The option that switches it on, and the one that switches it off."""

CHOICES = {"other_hosts": "--other-hosts", "non_web": "--non-web"}

LISTS = {KEPT: "--keep-parameter", "index_files": "--index-file", "path_patterns": "--path-pattern"}
"""Options that are repeated; what was said before is replaced."""


def as_options(changes: Mapping[str, Any]) -> str:
    """Changes as they are typed: `--keep-parameter p --hash-routes`."""
    words: list[str] = []
    for name, value in changes.items():
        if name in SWITCHES:
            words.append(SWITCHES[name][not value])
        elif name in CHOICES:
            words.append(f"{CHOICES[name]} {value}")
        else:
            words += [f"{LISTS[name]} {each}" for each in value or [NONE]]
    return " ".join(words)
