"""The one error that a command raises to tell a person what is wrong."""

from __future__ import annotations


class Failure(Exception):
    """A sentence for the person at the keyboard: what is wrong, the value, what is allowed, the likely fix.

    `details` are lines to show with it (a catalog's problems, the tail of another program's output); `exit_code` is the
    command's: 1 unless a command documents another.
    """

    def __init__(self, sentence: str, *, details: tuple[str, ...] = (), exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details
        self.exit_code = exit_code
