"""What a form leaves for the viewer's next page to say: the words, the part of the page that was pressed, whether it is bad.

Kept as text in the sign-in, so that it is said once and in that browser; plain text is a notice of the whole page.
"""

import json
from dataclasses import dataclass

LONGEST = 500
"""Characters of the words."""

_MARK = '{"notice": '


@dataclass(frozen=True, slots=True)
class Notice:
    """`at` names the part beside whose button it stands; None is the top of the page."""

    text: str
    at: str | None = None
    is_problem: bool = False

    def stored(self) -> str:
        """As the sign-in keeps it."""
        text = self.text[:LONGEST]
        if self.at is None and not self.is_problem and not text.startswith(_MARK):
            return text
        return json.dumps({"notice": text, "at": self.at, "is_problem": self.is_problem}, ensure_ascii=False)

    @classmethod
    def read(cls, stored: str | None) -> "Notice | None":
        """What it was; also of a version that kept words alone."""
        if stored is None or not stored.startswith(_MARK):
            return None if stored is None else cls(stored)
        found = json.loads(stored)
        return cls(found["notice"], found["at"], found["is_problem"])
