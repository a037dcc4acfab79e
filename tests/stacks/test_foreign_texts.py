"""Whatever a catalog's texts say: a template resolves no reference and fills in nothing but what we wrote."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from modelyard.catalog.dynamic_reference import is_dynamic_reference
from modelyard.rules.reading import read

FOUR_KINDS = Path(__file__).parents[1] / "catalogs" / "four-kinds"
# A synth takes seconds: each is given texts in every place that takes them. Whoever has more time says so.
EXAMPLES = max(1, int(os.environ.get("MODELYARD_FUZZ_EXAMPLES", "0")) // 50)
# What stands in any text below, so that a text is found in a template however it was spelt.
MARK = "qqq"
# Keys that take a text in the form of an address only.
FORMS = {"email": "{}@example.com", "https": "https://example.com/{}", "runbooks": "https://example.com/{}"}
FILLED_IN = re.compile(r"\$\{(?!!)([^}]*)")

REFERENCES = [
    "{{resolve:ssm:/x}}",
    "{{resolve:",
    "{{",
    "{",
    "}}",
    "}",
    "resolve",
    "RESOLVE",
    ":",
    "ssm",
    "secretsmanager",
]
SUBSTITUTIONS = ["$", "${", "${!", "!", "${AWS::AccountId}", "${ErrorRate.Arn}"]
OTHERS = ["*", "?", "@", "/", "https://", ".example.com", " ", "\n", "\t", "\u200b", "\\", '"', "'", "<", "a", "1", "-"]
pieces = st.sampled_from([*REFERENCES, *SUBSTITUTIONS, *OTHERS])
texts = st.lists(pieces, min_size=1, max_size=6).map(lambda drawn: MARK + "".join(drawn))


def text_places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from text_places(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from text_places(below, (*path, index))
    elif isinstance(value, str):
        yield path


def enriched(folder: Path) -> None:
    """A catalog in which every key that takes a text and deploys something has one."""
    for path in (folder / "environments").iterdir():
        if path.stem not in ("local", "signals"):
            path.unlink()
    local = folder / "environments" / "local.yaml"
    environment = yaml.safe_load((folder / "environments" / "signals.yaml").read_text("utf-8"))
    environment |= {
        "runbooks": "https://example.com/runbooks",
        "fleet_dashboard": True,
        "tag_keys": {"llm:team": "CostTeam"},
    }
    environment["signals"]["alarms"] = {"email": ["ops@example.com"], "https": ["https://hooks.example.com/ops"]}
    (folder / "environments" / "signals.yaml").unlink()
    local.write_text(yaml.safe_dump(environment), encoding="utf-8")
    chat = folder / "endpoints" / "chat.yaml"
    entry = yaml.safe_load(chat.read_text("utf-8").replace(" on:", ' "on":'))
    entry |= {
        "dashboard": True,
        "rollout": {"strategy": "all-at-once", "keep_old_seconds": 300, "alarms": ["other-alarm"]},
        "waivers": [{"rule": "MY033", "reason": "tried on our account", "until": "2099-12-31"}],
    }
    entry["serving"]["environment"]["SM_VLLM_SERVED_MODEL_NAME"] = "tiny"
    chat.write_text(yaml.safe_dump(entry), encoding="utf-8")


def laid_in(folder: Path, draw: Callable[[], str]) -> int:
    """Replace every text by a drawn one, or by a plain one with a dollar, where the catalog stays right; how many."""
    taken = 0
    for name in ("endpoints/chat.yaml", "models/tiny-chat.yaml", "environments/local.yaml", "organisation.yaml"):
        path = folder / name
        for place in text_places(yaml.safe_load(path.read_text("utf-8").replace(" on:", ' "on":'))):
            before = path.read_text("utf-8")
            document = yaml.safe_load(before.replace(" on:", ' "on":'))
            holder = document
            for key in place[:-1]:
                holder = holder[key]
            form = FORMS.get(next(key for key in reversed(place) if isinstance(key, str)), "{}")
            for text in (draw(), f"{MARK} $AWS"):
                holder[place[-1]] = form.replace("{}", text)
                path.write_text(yaml.safe_dump(document), encoding="utf-8")
                if not read(folder, "local").errors:
                    taken += 1
                    break
                path.write_text(before, encoding="utf-8")
    return taken


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, below in value.items():
            yield key
            yield from strings(below)
    elif isinstance(value, list):
        for below in value:
            yield from strings(below)


def filled_in(value: Any) -> Iterator[str]:
    """What Fn::Sub would fill in, of everything that goes through it."""
    if isinstance(value, dict):
        if "Fn::Sub" in value:
            text = value["Fn::Sub"]
            yield from FILLED_IN.findall(text if isinstance(text, str) else text[0])
        for below in value.values():
            yield from filled_in(below)
    elif isinstance(value, list):
        for below in value:
            yield from filled_in(below)


def test_what_marks_a_text_is_found_where_it_is_filled_in() -> None:
    template = {"a": {"Fn::Sub": "${A.Arn} ${!B} ${AWS::Region}"}, "b": [{"Fn::Sub": ["${C}", {"C": "x"}]}]}
    assert list(filled_in(template)) == ["A.Arn", "AWS::Region", "C"]


@pytest.fixture(scope="module")
def plain(run_app: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The templates before a text is changed."""
    folder = tmp_path_factory.mktemp("plain")
    shutil.copytree(FOUR_KINDS, folder / "catalog")
    enriched(folder / "catalog")
    return run_app(folder / "out", "local", catalog=folder / "catalog")


@pytest.mark.timeout(3600)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(st.data())
def test_no_text_of_a_catalog_becomes_more_than_a_text(run_app: Callable[..., Any], plain: Any, data: Any) -> None:
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "catalog"
        shutil.copytree(FOUR_KINDS, folder)
        enriched(folder)
        taken = laid_in(folder, lambda: data.draw(texts))
        assert taken >= 5, "hardly any place took a text: the test would prove nothing"
        hostile = run_app(Path(temporary) / "hostile", "local", catalog=folder)
        assert hostile.files.keys() == plain.files.keys()
        for stack in hostile.files:
            ours = [text for text in strings(plain[stack]) if is_dynamic_reference(text)]
            assert [text for text in strings(hostile[stack]) if is_dynamic_reference(text)] == ours
            assert list(filled_in(hostile[stack])) == list(filled_in(plain[stack]))
