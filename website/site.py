"""All pages of the site, and the menu that leads to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from website.commands import command_pages
from website.key_pages import key_pages
from website.page import ROOT, Page
from website.rules import rule_pages
from website.written import DECISIONS, FIRST, links, page_of, sources, title_of, written_pages

_REFERENCE = ("docs/rules.md", "reference/commands/index.md", "reference/keys/index.md")


@cache
def pages() -> dict[str, Page]:
    """Each page by its path; the first has the menu."""
    every = (*written_pages(), _decisions(), *rule_pages(), *command_pages(), *key_pages())
    found: dict[str, Page] = {}
    for page in every:
        if page.path in found:
            raise ValueError(f"two pages are called {page.path}")
        found[page.path] = page
    first = found["index.md"]
    return {**found, "index.md": Page(first.path, first.text + _menu())}


def _decisions() -> Page:
    names = [source for source in sources() if source.startswith(f"{DECISIONS}/")]
    lines = "\n".join(f"- [{title_of(name)}]({name.rpartition('/')[2]})" for name in names)
    intro = (
        "For whoever asks why the project is made as it is: one page for each decision, in the order they were taken."
    )
    menu = _toctree("", (name.rpartition("/")[2] for name in names))
    return Page(f"{DECISIONS}/index.md", f"# Decisions\n\n{intro}\n\n{lines}\n{menu}")


def _menu() -> str:
    guides = [page_of(name) for name in _in_the_order_of_the_readme() if name.startswith("docs/")]
    guides = [page for page in guides if page not in _REFERENCE]
    others = [page_of(name) for name in sources() if name != FIRST and not name.startswith("docs/")]
    return _toctree("Guides", guides) + _toctree("Reference", _REFERENCE) + _toctree("The project", others)


def _in_the_order_of_the_readme() -> Iterator[str]:
    # A page that the README forgets is in no menu: the generator warns, and a warning fails the build.
    seen = {FIRST}
    rows = [line for line in (ROOT / FIRST).read_text("utf-8").splitlines() if line.startswith("| [")]
    for link in links("\n".join(rows)):
        name = link.partition("#")[0].removesuffix("/")
        name = f"{DECISIONS}/index.md" if name == DECISIONS else name
        if name not in seen and (name in sources() or name == f"{DECISIONS}/index.md"):
            seen.add(name)
            yield name


def _toctree(caption: str, entries: Iterable[str]) -> str:
    options = [":hidden:", *([f":caption: {caption}"] if caption else [])]
    lines = [*options, "", *(entry.removesuffix(".md") for entry in entries)]
    return "\n```{toctree}\n" + "\n".join(lines) + "\n```\n"
