"""The bytes of an address or a file; whatever goes wrong with them becomes one sentence."""

from __future__ import annotations

import http.client
import io
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

from modelyard.shell.failure import Failure

_WAIT_SECONDS = 30
# S3 answers 403 for what is not there to whoever may not list.
_NOT_FOUND = (403, 404, 410)


class NothingThere(Failure):
    """There is no such file at the place; another form of it may lie beside."""


def is_address(place: str) -> bool:
    """Whether a place is read over HTTP; everything else is a file's path."""
    return place.startswith(("https://", "http://"))


@contextmanager
def opened(place: str) -> Iterator[io.BufferedReader]:
    """Open an address or a file.

    Raises:
        NothingThere: when there is no such file at an address that answers.
        Failure: for everything else that goes wrong, while it is read as well.
    """
    try:
        if not is_address(place):
            with Path(place).open("rb") as file:
                yield file
            return
        with urllib.request.urlopen(place, timeout=_WAIT_SECONDS) as answer:
            yield io.BufferedReader(_Whole(answer, place))
    except HTTPError as refused:
        kind = NothingThere if refused.code in _NOT_FOUND else Failure
        raise kind(f"{place} answers {refused.code} {refused.reason}: check the address") from refused
    except URLError as unreachable:
        raise Failure(
            f"{place} cannot be reached ({unreachable.reason}): check the network, or read a copy with --from"
        ) from unreachable
    except (http.client.HTTPException, TimeoutError, ConnectionError) as broken:
        raise Failure(f"{place} broke off ({broken or type(broken).__name__}): run it again") from broken
    except ValueError as wrong:
        raise Failure(f"{place} is no address ({wrong}): write https://<host>/<path>, or a file's path") from wrong
    except OSError as error:
        raise Failure(f"{place} cannot be read: {(error.strerror or str(error)).lower()}") from error


class _Whole(io.RawIOBase):
    """An answer that must be as long as its server said: `http.client` takes a connection's end for the answer's."""

    def __init__(self, answer: http.client.HTTPResponse, place: str) -> None:
        self._answer = answer
        self._place = place
        stated = answer.headers.get("Content-Length", "")
        self._missing = int(stated) if stated.isdigit() else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._answer.readinto(buffer)
        if self._missing is not None:
            self._missing -= count
            if count == 0 and self._missing > 0 and len(buffer):
                raise Failure(f"{self._place} broke off {self._missing} bytes before its end: run it again")
        return count
