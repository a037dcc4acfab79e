"""What can go wrong with a request or a model, each as one sentence for whoever asked."""

from __future__ import annotations


class RequestRefused(Exception):
    """The request itself is at fault; the sentence says how to mend it."""

    def __init__(self, sentence: str, *, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


class QueueFull(RequestRefused):
    """As many requests as allowed are running and waiting already."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, status=503)


class ModelUnusable(Exception):
    """The model's files cannot be served by this container."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class EngineLost(Exception):
    """The engine's process ended or broke while it was needed."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class CallerGone(Exception):
    """The connection closed before the answer was ready."""


_LONGEST_LINE = 500


def first_line(error: Exception) -> str:
    """What an OpenVINO exception says: it carries source positions and blank lines around its message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and "Exception from" not in line]
    return lines[0].partition(" failed at /")[0][:_LONGEST_LINE] if lines else type(error).__name__
