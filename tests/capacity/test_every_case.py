"""Every shipped model on every hosting type, and every shipped entry on its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.capacity.instances import instance, instance_names
from modelyard.capacity.memory_fit import fit
from modelyard.capacity.serverless import container
from modelyard.capacity.serving_image import instances_of
from modelyard.capacity.workload import entry_workload, on_instance, workload
from modelyard.catalog.loader import load
from modelyard.catalog.model_file import read_model

CATALOG = Path(__file__).parents[1] / "catalogs" / "shipped"
NAMES = sorted(path.stem for path in CATALOG.glob("models/*.yaml"))
ENVIRONMENTS = sorted(path.stem for path in CATALOG.glob("environments/*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_every_type_gets_an_answer_that_agrees_with_itself(name):
    model = read_model(CATALOG, name)
    asked = workload(model, engine="vllm", context_tokens=512, concurrency=2, widest=True, any_volume=True)
    for type_name in sorted(instance_names()):
        found = fit(name, model, asked, instance(type_name))
        assert all(term.size_bytes >= 0 for term in found.terms)
        assert found.fits == (not found.problems and 0 < found.needed_bytes <= found.device_bytes)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_shipped_entry_fits_each_of_its_instances(environment):
    loaded = load(CATALOG, environment)
    region = loaded.environment.region
    for entry in loaded.entries.values():
        serving = entry.endpoint.serving
        for model_name, model in entry.models.items():
            asked = entry_workload(entry, model)
            if entry.endpoint.kind == "serverless":
                assert fit(model_name, model, asked, container(entry.endpoint.serving.memory_mb)).fits, entry.name
            for name in instances_of(entry.endpoint):
                work = on_instance(asked, instance(name), region=region, image=serving.image)
                assert fit(model_name, model, work, instance(name)).fits, f"{entry.name}: {model_name} on {name}"
