"""Answers as they were parsed a moment ago, so that a process parses each once: capture reads it, then the loader does.

Asked by `calls.contract_drift` and `vault.lane_answer`, who have the bytes in hand: the digest of those very bytes is the key, so
that a file of the vault which has changed is parsed, or refused, anew. Parsing a full lane takes some 35 ms, its digest 2.
"""

import hashlib
from collections import OrderedDict
from dataclasses import replace
from threading import Lock

from clarity_pipeline.clarity.answer import Answer, parse
from clarity_pipeline.clarity.dimensions import Slice

_KEPT_BYTES = 20_000_000
"""Of bodies, so that the lanes of a day fit, which are loaded after all of them came; parsed they take about five times that."""

Question = tuple[str, Slice]
"""The digest of a body, and what it answers."""


class KeptAnswers:
    """The answers used last, of at most so many bytes of bodies in all; for all threads of a process."""

    def __init__(self, *, most_bytes: int = _KEPT_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._answers: OrderedDict[Question, tuple[Answer, int]] = OrderedDict()
        self._bytes = 0

    def get(self, question: Question) -> Answer | None:
        """The answer, if it is still kept."""
        with self._lock:
            if question not in self._answers:
                return None
            self._answers.move_to_end(question)
            return self._answers[question][0]

    def put(self, question: Question, answer: Answer, *, size: int) -> None:
        """Keep it, and let go of those that were used longest ago."""
        if size > self._most_bytes:
            return
        with self._lock:
            if question not in self._answers:
                self._answers[question] = answer, size
                self._bytes += size
            while self._bytes > self._most_bytes:
                _, (_, freed) = self._answers.popitem(last=False)
                self._bytes -= freed


_KEPT = KeptAnswers()


def parse_once(body: bytes, *, asked: Slice) -> Answer:
    """What `parse` makes of the bytes, made anew only where it was not made lately; raises what `parse` raises.

    Whoever gets an answer shares it, and changes nothing of it.
    """
    question = hashlib.sha256(body).hexdigest(), asked
    known = _KEPT.get(question)
    if known is not None:
        return known if known.asked is asked else replace(known, asked=asked)
    answer = parse(body, asked=asked)
    _KEPT.put(question, answer, size=len(body))
    return answer
