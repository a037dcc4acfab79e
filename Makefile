# Every command a person needs. `make demo` and `make test` set everything up themselves: no root, nothing global.
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-signals test check test-vllm test-flink test-long test-switches synth bench-plan bench-synth bench-render bench-one bench-container bench-check bench-localaws soak bench-stream-processor bench-flink site sbom clean
SHELL := /bin/bash
PYTHON ?= python3

# A stamp carries the hash of what it was made from: a changed lock sets the environment up anew, nothing else does.
hash = $(firstword $(shell cat $(1) | sha256sum))
ENGINE_LOCKS := containers/llm_cpu/requirements.txt containers/llm_cpu/requirements-models.txt
READY := .venv/.ready-$(call hash,requirements.txt)
INSTALLED := .venv/.installed-$(call hash,pyproject.toml)
ENGINE_READY := .venv-engine/.ready-$(call hash,$(ENGINE_LOCKS))
BENCH_LOCK := benchmarks/synth/requirements.txt
VLLM_LOCK := containers/vllm/requirements-test.txt
VLLM_READY := .venv-vllm/.ready-$(call hash,$(VLLM_LOCK))
FLINK_LOCK := flink/requirements.txt
FLINK_READY := .venv-flink/.ready-$(call hash,$(FLINK_LOCK))
SITE_LOCK := website/requirements.txt
SITE_READY := .venv-site/.ready-$(call hash,$(SITE_LOCK))
BENCH_READY := .venv-bench/.ready-$(call hash,$(BENCH_LOCK))
ENVIRONMENT ?= local

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(INSTALLED) $(ENGINE_READY) ## create the two environments from their hashed locks

$(READY):
	@scripts/create-environment.sh .venv "$(PYTHON)" requirements.txt
	@touch $@

$(INSTALLED): $(READY)
	@.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@rm -f .venv/.installed-*; touch $@

$(ENGINE_READY):
	@scripts/create-environment.sh .venv-engine "$(PYTHON)" $(ENGINE_LOCKS)
	@touch $@

demo: setup ## deploy the catalog to embedded AWS and ask every endpoint (KEEP=1 leaves AWS running)
	@.venv/bin/modelyard demo $(if $(KEEP),--keep)

# A file's tests stay together, since they share what they deployed; each worker has an embedded AWS of its own.
demo-signals: setup ## send requests, read their records, metrics and table back, provoke an alarm (KEEP=1 as above)
	@.venv/bin/modelyard demo-signals $(if $(KEEP),--keep)

test: setup ## run every test of the project, on up to four cores
	@.venv/bin/pytest --numprocesses logical --maxprocesses 4 --dist loadfile

check: setup ## lint, formatting, types, import contracts, Dockerfiles, workflows
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/hadolint containers/*/Dockerfile
	.venv/bin/actionlint -shellcheck= -pyflakes=

test-vllm: setup $(VLLM_READY) ## run the vLLM entry point with real vLLM on CPU (3 GB to download, 4 GB of memory)
	@.venv/bin/pytest containers/vllm/test_real_engine.py

test-flink: setup $(FLINK_READY) ## hold Flink's aggregation against the golden numbers, on a mini-cluster (360 MB to download)
	@.venv/bin/pytest flink/test_mini_cluster.py

test-long: setup ## feed catalog, configurations, git trees, records, captures, containers, archives and embedded AWS 10,000 hostile inputs each (about 30 minutes)
	@MODELYARD_FUZZ_EXAMPLES=2500 .venv/bin/pytest tests/catalog/test_any_input.py \
	    tests/planning/test_markdown.py tests/stacks/test_foreign_texts.py tests/localaws/test_hostile_requests.py --timeout 3600
	@MODELYARD_FUZZ_EXAMPLES=10000 .venv/bin/pytest tests/containers/llm_cpu/test_hostile_requests.py \
	    tests/localaws/sagemaker/test_model_archive.py tests/planning/test_hostile_trees.py \
	    tests/onboarding/adding/test_any_config.py --timeout 7200
	@MODELYARD_FUZZ_RECORDS=10000 .venv/bin/pytest tests/lambdas -k any_hostile --timeout 3600

test-switches: setup ## switch every key of environments and entries there and back on embedded AWS, under load (about 30 minutes on two quiet cores)
	@MODELYARD_SWITCHES=all .venv/bin/pytest tests/localaws/switches tests/localaws/there_and_back \
	    --numprocesses logical --maxprocesses 2 --dist worksteal

synth: setup ## write the CloudFormation templates of ENVIRONMENT (default local) to cdk.out
	@.venv/bin/modelyard cdk synth --quiet -c environment=$(ENVIRONMENT)

$(VLLM_READY):
	@scripts/create-environment.sh .venv-vllm "$(PYTHON)" $(VLLM_LOCK)
	@touch $@

$(FLINK_READY):
	@scripts/create-environment.sh .venv-flink "$(PYTHON)" $(FLINK_LOCK)
	@touch $@

$(SITE_READY):
	@scripts/create-environment.sh .venv-site "$(PYTHON)" $(SITE_LOCK)
	@touch $@

$(BENCH_READY):
	@scripts/create-environment.sh .venv-bench "$(PYTHON)" $(BENCH_LOCK)
	@touch $@

bench-plan: setup ## time modelyard plan of 1,000 entries beside a check and parsing the same bytes
	@.venv/bin/python benchmarks/plan.py

bench-synth: setup $(BENCH_READY) ## time a synth beside plain CfnResource calls and two peers (about 3 minutes)
	@.venv/bin/python benchmarks/synth/run.py

bench-render: setup ## time blueprint to JSON beside a CDK synth
	@.venv/bin/python benchmarks/synth/render.py

bench-one: setup ## time the synth of one endpoint of 1,000, from the command line to its template
	@.venv/bin/python benchmarks/synth/one_of_many.py

bench-container: setup ## time the CPU server beside the bare engine
	@.venv-engine/bin/python benchmarks/container_overhead.py

bench-check: setup ## time modelyard check beside parsing the same bytes
	@.venv/bin/python benchmarks/check.py

bench-localaws: setup ## what embedded AWS costs while it idles, and keeps of requests (about 10 minutes)
	@.venv/bin/python benchmarks/localaws/run.py

soak: setup ## send a million records through the stream processor while everything fails (about 5 minutes)
	@.venv/bin/python benchmarks/soak/run.py

bench-stream-processor: setup ## time the stream processor beside a plain handler and a bare JSON decoder
	@.venv/bin/python benchmarks/stream_processor.py

bench-flink: setup $(FLINK_READY) ## time Flink's aggregation on a mini-cluster (about 4 minutes)
	@.venv/bin/python benchmarks/flink_aggregation.py

site: setup $(SITE_READY) ## build the documentation to build/site/html, with a page for each rule, command and key (asks no network)
	@rm -rf build/site
	@.venv/bin/python -m website build/site/pages
	@.venv-site/bin/sphinx-build -M html build/site/pages build/site -c website -W --keep-going --quiet --jobs auto
	@.venv/bin/pytest --quiet website/test_built_site.py
	@echo "open build/site/html/index.html"

sbom: setup ## write bills of materials (CycloneDX) of every lock and of the images to build/sbom
	@.venv/bin/python scripts/sbom.py build/sbom

clean: ## remove what the commands above created
	rm -rf .venv .venv-* .cache build/sbom build/site cdk.out .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
