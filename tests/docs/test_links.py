"""The README leads to every page, and no page leads nowhere."""

from __future__ import annotations

import re

import pytest

from website.links import broken_links
from website.page import ROOT
from website.written import links, sources

README = (ROOT / "README.md").read_text("utf-8")
PAGES = [source for source in sources() if source.startswith("docs/") and not source.startswith("docs/decisions/")]


def test_the_readme_leads_to_every_page_of_the_docs():
    reached = {link.partition("#")[0] for link in links(README)}
    assert set(PAGES) <= reached
    assert "docs/decisions/" in reached


def test_no_link_of_a_page_leads_nowhere():
    texts = {source: (ROOT / source).read_text("utf-8") for source in sources()}
    targets = (link.partition("#")[0] for text in texts.values() for link in links(text))
    # Files and folders that are no pages: looked up where they are.
    others = frozenset(
        path.relative_to(ROOT).as_posix()
        for source, text in texts.items()
        for link in links(text)
        if "://" not in link and (path := (ROOT / source).parent.joinpath(link.partition("#")[0]).resolve()).exists()
    )
    assert list(targets)
    assert list(broken_links(texts, others)) == []


@pytest.mark.parametrize("source", sources())
def test_a_page_begins_with_its_title(source: str):
    assert re.match(r"# \S.*\n\n\S", (ROOT / source).read_text("utf-8"))


@pytest.mark.parametrize("source", [page for page in PAGES if page != "docs/design.md"])
def test_a_page_says_first_for_whom_it_is(source: str):
    # docs/design.md names the three kinds of people whom the whole project is for.
    assert re.match(r"# \S.*\n\nFor [a-z]", (ROOT / source).read_text("utf-8"))


def test_the_readme_opens_with_an_entry_and_one_command():
    languages = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert languages[0][0] == "yaml" and languages[0][1].startswith("# catalog/endpoints/")
    assert re.fullmatch(r"make demo +# .+\n", languages[1][1])


def test_the_wide_table_is_folded():
    folded = "".join(re.findall(r"<details>.*?</details>", README, re.DOTALL))
    assert " endpoint " in folded and " TTFT " in folded
    assert " TTFT " not in README.replace(folded, "")
