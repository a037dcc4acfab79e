"""Whatever a config.json holds, the answer is a model that can be sized, or one sentence."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelyard.catalog.document import read_document
from modelyard.catalog.schema import Model, S3Source
from modelyard.onboarding.adding.facts import Stated, found_model
from modelyard.onboarding.adding.families import FAMILIES, NOT_SIZED
from modelyard.onboarding.adding.model_text import model_text
from modelyard.shell.failure import Failure

CONFIGS = [json.loads(path.read_text("utf-8")) for path in sorted((Path(__file__).parent / "configs").glob("*.json"))]
KEYS = sorted({key for config in CONFIGS for key in config} | {*NOT_SIZED, "layer_types", "ffn_config", "attn_config"})
EXAMPLES = int(os.environ.get("MODELYARD_FUZZ_EXAMPLES", "75"))

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.sampled_from([0, 1, 2, 7, 32, 128, 4096])
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from([*FAMILIES, "fp8", "gptq", "bfloat16", "sliding_attention", "text_config"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), inner),
    max_leaves=8,
)


@dataclass
class Made:
    """A place that holds what a test makes up."""

    files: dict[str, bytes] = field(default_factory=dict)
    origin: str = "a place"
    config_name: str = "config.json"

    def read(self, name: str) -> bytes | None:
        """The content that was made up."""
        return self.files.get(name)


def model_of(place: Made) -> Model | None:
    try:
        found = found_model(
            place,
            name="some-model",
            weights=S3Source(s3="s3://bucket/model/"),
            stated=Stated(context=2048),
            licence=None,
            today=date(2026, 11, 21),
        )
    except Failure as failure:
        assert failure.sentence and "\n" not in failure.sentence
        return None
    text = model_text(found, with_schema=True)
    assert yaml.safe_load(text)["family"] == found.model.family
    return found.model


def written_and_read(place: Made, folder: Path) -> None:
    """What is written is what is read again, by the catalog's own strict reader."""
    found = found_model(
        place,
        name="some-model",
        weights=S3Source(s3="s3://bucket/model/"),
        stated=Stated(context=2048),
        licence=None,
        today=date(2026, 11, 21),
    )
    path = folder / "some-model.yaml"
    path.write_text(model_text(found, with_schema=True), encoding="utf-8")
    problems = []
    document = read_document(path, problems)
    assert document is not None, problems
    assert Model.model_validate(document.values) == found.model


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(base=st.sampled_from(CONFIGS), changes=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
def test_a_changed_configuration_is_sized_or_refused(base, changes):
    model_of(Made({"config.json": json.dumps({**base, **changes}).encode()}))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES) | VALUES)
def test_any_json_is_sized_or_refused(value):
    model_of(Made({"config.json": json.dumps(value).encode()}))


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    content=st.binary(max_size=200),
    others=st.dictionaries(
        st.sampled_from(["README.md", "tokenizer_config.json", "model.safetensors.index.json"]), st.binary(max_size=200)
    ),
)
def test_any_bytes_are_sized_or_refused(content, others):
    model_of(Made({"config.json": content, **others}))
    model_of(Made({"config.json": json.dumps(CONFIGS[0]).encode(), **others}))


def test_every_model_file_is_read_as_it_was_meant(tmp_path):
    for config in CONFIGS:
        written_and_read(Made({"config.json": json.dumps(config).encode()}), tmp_path)
