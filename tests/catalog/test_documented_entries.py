"""Every file that docs/adding-a-model.md shows is right: copied into a catalog, it passes every rule."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from modelyard.catalog.loader import load
from modelyard.rules.engine import judge

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-a-model.md").read_text("utf-8")
SHOWN = {name: text for text, name in re.findall(r"```yaml\n(# catalog/(\S+)\n.*?)```", PAGE, flags=re.DOTALL)}
# The shelf of files that the page refers to without showing them; a company may have replaced its own.
REFERRED_TO = Path(__file__).parents[1] / "catalogs" / "documented"


def test_every_file_that_the_page_shows_passes_every_rule(tmp_path):
    shutil.copytree(REFERRED_TO, tmp_path, dirs_exist_ok=True)
    for name, text in SHOWN.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert [str(finding) for finding in judge(load(tmp_path, "example")).findings] == []
    shown_entries = {Path(name).stem for name in SHOWN if name.startswith("endpoints/")}
    assert set(load(tmp_path, "example").entries) == shown_entries


def test_the_page_shows_every_kind_and_the_mistake_it_talks_about(tmp_path):
    kinds = {match[1] for text in SHOWN.values() if (match := re.search(r"^kind: (\S+)", text, flags=re.MULTILINE))}
    assert kinds == {"real-time", "async", "serverless", "multi-model"}
    triage = SHOWN["endpoints/ticket-triage.yaml"].replace("engine:", "engin:")
    line = triage.splitlines().index("  engin: custom") + 1
    assert (
        f"catalog/endpoints/ticket-triage.yaml:{line}:3 MY004 unknown key engin in serving: did you mean engine?"
        in PAGE
    )


def test_the_entry_to_copy_tells_editors_its_schema():
    second = SHOWN["endpoints/ticket-triage.yaml"].splitlines()[1]
    assert second == "# yaml-language-server: $schema=../schema/endpoint.schema.json"
