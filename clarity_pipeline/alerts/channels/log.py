"""The channel that is always there: one line a message in the pipeline's own log."""

import logging
from dataclasses import dataclass
from typing import ClassVar

from clarity_pipeline.alerts.channels.channel import Document

LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "critical": logging.ERROR}


@dataclass(frozen=True, slots=True)
class LogChannel:
    """One line a message, in the logger `clarity_pipeline.alerts`, at the level of its severity."""

    name: ClassVar[str] = "log"

    def send(self, document: Document) -> None:
        """Log the sentence, without any character that could forge a second line."""
        data = document["data"]
        level = LEVELS[data["severity"]] if data["state"] == "firing" else logging.INFO
        line = "".join(character if character.isprintable() else " " for character in data["summary"])
        logging.getLogger("clarity_pipeline.alerts").log(level, "%s alert %s: %s", data["severity"], data["state"], line)
