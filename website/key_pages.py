"""A page for each key of the catalog, and one for each file with its keys."""

from __future__ import annotations

import json
from collections.abc import Iterator

from website.keys import EVERY_KIND, FILES, Form, Key, keys_of
from website.page import Page, code, leaf, prose, table

FOLDER = "reference/keys"
_COMPLETED = "yes; the environment's `defaults` or `overrides` may give it"


def key_pages() -> Iterator[Page]:
    """The pages of all keys, of the files that hold them, and the list of those."""
    rows = ((f"[{file}]({file}/index.md)", code(path), str(len(keys_of(file)))) for file, (path, _) in FILES.items())
    intro = (
        "For whoever writes the catalog: what each key takes, by the file that it stands in. `modelyard check` holds"
    )
    yield Page(
        f"{FOLDER}/index.md",
        f"# Keys of the catalog\n\n{intro} every file to this.\n\n{table(('file', 'path', 'keys'), rows)}\n\n"
        + "```{toctree}\n:hidden:\n\n"
        + "\n".join(f"{file}/index" for file in FILES)
        + "\n```\n",
    )
    for file in FILES:
        yield _file_page(file)
        for key in keys_of(file):
            yield leaf(f"{FOLDER}/{file}/{key.page}", *_blocks(file, key))


def _file_page(file: str) -> Page:
    rows = ((f"[`{key.path}`]({key.page})", _kinds(file, key), prose(_about(key))) for key in keys_of(file))
    by_kind = list(FILES[file][1]) != [EVERY_KIND]
    keys = (
        table(("key", "kinds", "for"), rows) if by_kind else table(("key", "for"), ((row[0], row[2]) for row in rows))
    )
    title = f"# {file.capitalize()}: {code(FILES[file][0])}"
    return Page(f"{FOLDER}/{file}/index.md", f"{title}\n\nEvery key of the file.\n\n{keys}\n")


def _blocks(file: str, key: Key) -> Iterator[str]:
    yield f"# {code(key.path)}"
    yield f"A key of [{code(FILES[file][0])}](index.md)."
    yield prose(_about(key))
    different: dict[tuple[object, ...], list[str]] = {}
    for kind, form in key.forms.items():
        different.setdefault(
            (form.type, form.required, form.shared, json.dumps(form.default), form.allowed), []
        ).append(kind)
    for kinds in different.values():
        rows = list(_rows(key.forms[kinds[0]]))
        if kinds != [EVERY_KIND]:
            rows.insert(0, ("kinds", ", ".join(kinds)))
        yield table(("", ""), rows)
    parent = _parent(file, key)
    links = [f"[`{one.path}`]({one.page})" for one in keys_of(file) if _parent(file, one) == key]
    if links:
        yield "In it: " + ", ".join(links) + "."
    if parent:
        yield f"In [`{parent.path}`]({parent.page})."
    if file == "environment" and key.path.split(".")[0] in ("defaults", "overrides"):
        yield "It takes the [keys of an endpoint](../endpoint/index.md), all of which may be left out."


def _rows(form: Form) -> Iterator[tuple[str, str]]:
    yield "type", form.type
    yield "required", _COMPLETED if form.shared else "yes" if form.required else "no"
    if not form.required:
        yield "default", "unset" if form.default is None else code(json.dumps(form.default))
    if form.allowed:
        yield "allowed", form.allowed


def _about(key: Key) -> str:
    return next((form.description for form in key.forms.values() if form.description), "")


def _kinds(file: str, key: Key) -> str:
    return "all" if len(key.forms) == len(FILES[file][1]) else ", ".join(key.forms)


def _parent(file: str, key: Key) -> Key | None:
    above = key.path.rpartition(".")[0]
    while above:
        for one in keys_of(file):
            if one.path == above.replace("[]", "").removesuffix(".<name>"):
                return one
        above = above.rpartition(".")[0]
    return None
