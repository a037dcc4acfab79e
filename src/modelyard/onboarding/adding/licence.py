"""Under which terms a model may be used, as somebody states it: nothing here is guessed from a model's name."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from modelyard.catalog.schema import Licence
from modelyard.onboarding.adding.place import NewEntryPlace

# Licences that permit use without being accepted, by their names on the hub (which are SPDX's in lower case).
_OPEN = {
    "apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
    "mit": "https://opensource.org/license/mit",
    "bsd-3-clause": "https://opensource.org/license/bsd-3-clause",
    "bsd-2-clause": "https://opensource.org/license/bsd-2-clause",
    "isc": "https://opensource.org/license/isc-license-txt",
    "cc0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "unlicense": "https://unlicense.org/",
    "cc-by-4.0": "https://creativecommons.org/licenses/by/4.0/",
}
UNKNOWN = "unknown"
_FRONT = re.compile(r"\A\s*---\r?\n(?P<table>.*?)\r?\n---", re.DOTALL)
_MOST_CARD = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class StatedLicence:
    """A licence, and who says so."""

    licence: Licence
    said_by: str


def licence_on_card(place: NewEntryPlace) -> StatedLicence | None:
    """The licence in the front matter of a model's README.md; None where it states none."""
    content = place.read("README.md")
    match = _FRONT.match(content[:_MOST_CARD].decode("utf-8", errors="replace")) if content else None
    if match is None:
        return None
    try:
        card = yaml.load(match["table"], Loader=yaml.CBaseLoader)  # noqa: S506 (its base loader makes texts only)
    except (yaml.YAMLError, RecursionError):
        return None
    if not isinstance(card, dict) or not isinstance(card.get("license"), str):
        return None
    name = card["license_name"] if card["license"] == "other" and card.get("license_name") else card["license"]
    link = card.get("license_link")
    return StatedLicence(
        licence=named_licence(str(name), str(link) if link and str(link).startswith("https://") else place.origin),
        said_by="its model card",
    )


def named_licence(name: str, url: str | None) -> Licence:
    """A licence by its name: one that is not known to permit use as it is must be accepted."""
    name = name.strip().lower()
    if name in _OPEN:
        return Licence(name=name, url=_OPEN[name])
    return Licence(name=name, url=url or UNKNOWN, acceptance="explicit", version=name)


def unknown_licence(origin: str) -> Licence:
    """What stands in a file until somebody has found out: nothing passes with it."""
    return Licence(name=UNKNOWN, url=origin, acceptance="explicit", version=UNKNOWN)
