"""The endpoints that the account has, by which a record or a row that nobody vouches for is told from an invented one.

SageMaker is asked, and not a list that the stacks publish: an endpoint is there from CreateEndpoint on, minutes before
its first request, however its stack was deployed, and with it goes its name.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListEndpoints.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

# A name that is not known makes us ask again, but no more often than this, whatever the stream brings.
PAUSE_SECONDS = 30
_PAGE = 100
# So many pages at most, and as many names are remembered: more metrics than any account pays for.
_MOST_PAGES = 100


class SageMaker(Protocol):
    """What of boto3's client is used."""

    def list_endpoints(self, **request: Any) -> Any:
        """https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListEndpoints.html"""
        ...


class KnownEndpoints:
    """Names of endpoints. One that was deleted stays known to this execution environment: its last records are late."""

    def __init__(self, sagemaker: SageMaker, *, clock: Callable[[], float]) -> None:
        self._sagemaker = sagemaker
        self._clock = clock
        self._names: set[str] = set()
        self._asked: float | None = None

    def __contains__(self, name: object) -> bool:
        if name in self._names:
            return True
        now = self._clock()
        if self._asked is not None and now - self._asked < PAUSE_SECONDS:
            return False
        listed = self._listed()
        self._asked = now
        together = self._names | listed
        self._names = together if len(together) <= _PAGE * _MOST_PAGES else listed
        return name in self._names

    def _listed(self) -> set[str]:
        names: set[str] = set()
        more: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = self._sagemaker.list_endpoints(MaxResults=_PAGE, **more)
            names.update(one["EndpointName"] for one in page["Endpoints"])
            if not page.get("NextToken"):
                break
            more = {"NextToken": page["NextToken"]}
        return names
