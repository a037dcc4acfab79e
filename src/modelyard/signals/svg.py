"""What Matplotlib writes, fit to stand in a page: smaller, with ids of its own, with words to be read aloud."""

from __future__ import annotations

import re
from xml.etree import ElementTree

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_NOT_TURNED = re.compile(r"rotate\(-?0(\.0+)? [^)]*\)")
_WHITESPACE = re.compile(r"\s+")
# The page's style sheet says these once for all plots.
_SAID_BY_PAGE = {"font-family", "stroke-linejoin", "stroke-linecap", "font"}


def inline_svg(document: str, *, label: str, prefix: str) -> str:
    """The `<svg>` element of a document for use within HTML."""
    # The text is Matplotlib's own: names of callers are escaped in it, and it declares no entities.
    root = ElementTree.fromstring(document)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{_SVG}metadata", f"{_SVG}style"):
                parent.remove(child)
    referred = _referred(root)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        _shorten(element, referred=referred, prefix=prefix)
    view = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib.update({"viewBox": view, "role": "img", "aria-label": label})
    _unwrap(root)
    return ElementTree.tostring(root, encoding="unicode")


def _referred(root: ElementTree.Element) -> set[str]:
    found: set[str] = set()
    for element in root.iter():
        for key, value in element.attrib.items():
            found.update(_REFERENCE.findall(value))
            if key == _XLINK:
                found.add(value.removeprefix("#"))
    return found


def _shorten(element: ElementTree.Element, *, referred: set[str], prefix: str) -> None:
    for key, value in list(element.attrib.items()):
        if key == "id":
            if value in referred:
                element.set("id", f"{prefix}-{value}")
            else:
                del element.attrib["id"]
        elif key == _XLINK:
            del element.attrib[key]
            element.set("href", f"#{prefix}-{value.removeprefix('#')}")
        elif key == "style":
            kept = [part.strip() for part in value.split(";") if part.split(":")[0].strip() not in _SAID_BY_PAGE]
            text = ";".join(part.replace(": ", ":") for part in kept if part)
            if text:
                element.set("style", text)
            else:
                del element.attrib["style"]
        elif key == "transform" and _NOT_TURNED.fullmatch(value):
            del element.attrib[key]
        else:
            shorter = _REFERENCE.sub(rf"url(#{prefix}-\1)", value)
            shorter = _NUMBER.sub(lambda number: f"{float(number[0]):.1f}".removesuffix(".0"), shorter)
            element.set(key, _WHITESPACE.sub(" ", shorter).strip())
    if element.tag != "text":
        element.text = None
    element.tail = None


def _unwrap(parent: ElementTree.Element) -> None:
    """Replace groups that say nothing by what is in them; definitions of nothing go."""
    for place, child in reversed(list(enumerate(list(parent)))):
        _unwrap(child)
        if child.tag in ("g", "defs") and not child.attrib and not (child.tag == "defs" and len(child)):
            parent.remove(child)
            for offset, grandchild in enumerate(list(child)):
                parent.insert(place + offset, grandchild)
