# One target per task; `make help` lists them. CONTRIBUTING.md says when to use which.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

STUDY ?= lartpc
# A study with a config of its own name is run with that; lartpc with config/config.yaml.
CONFIG ?= $(wildcard config/$(STUDY).yaml)
CORES ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
PYTEST ?=
# The lock that the environment was made from last time, so that `make env LOCK=envs/cuda.lock` is said only once.
LOCK ?= $(or $(shell cat .venv/rootline-lock 2>/dev/null),envs/cpu.lock)

# Rules and tests start `python`, `snakemake` and `git` by name.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHON

STAMP := .venv/rootline-$(notdir $(LOCK)).installed
SOURCES := src tests workflow/scripts benchmarks
RULES := Snakefile workflow/rules
# Tests that compare files with what they are made from: schema, tables, diagram, locks.
CURRENT := $(wildcard tests/unit/test_project.py tests/unit/test_documents.py tests/workflow/test_documents.py \
	tests/unit/benchmarks/test_performance_page.py)

.PHONY: help env demo test faults lint format docs lock bench verify hosts-check clean

help: ## list the tasks
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(STAMP) ## make or update .venv (PYTHON=python3.12 chooses the Python, LOCK=envs/cuda.lock is for NVIDIA GPUs)

$(STAMP): $(LOCK) pyproject.toml
	@envs/make_env.sh $(LOCK)
	@rm -f .venv/rootline-*.installed
	@echo $(LOCK) > .venv/rootline-lock
	@touch $@

demo: env ## run a study on its simulated input (STUDY=lartpc or pid, CORES=all of this machine)
	@echo "Running study $(STUDY) on $(CORES) cores; what is already there and not stale is kept."
	@snakemake --profile profiles/default $(CONFIG:%=--configfile %) --cores $(CORES) -- $(STUDY)
	@snakemake --profile profiles/default $(CONFIG:%=--configfile %) --cores $(CORES) $(STUDY)_report --report results/$(STUDY)/report.html --quiet all
	@echo
	@echo "Done. One page to open or send, with all figures and what they show: results/$(STUDY)/report.html"
	@test ! -f results/$(STUDY)/explorer.html || echo "One to click through the latents, tracks and their images: results/$(STUDY)/explorer.html"
	@echo "Figures (PNG to look at, PDF for a paper):"
	@find results/$(STUDY)/figures -name '*.png' 2>/dev/null | sort | sed 's/^/  /'
	@cat workflow/report/$(STUDY)/look_first.txt

test: env ## run all tests, also slow, engines and faults (PYTEST='-k images -x' adds arguments, -n 0 runs them one by one)
	@python -m pytest -m '' -n 2 $(PYTEST)

faults: env ## break files, kill jobs and fill disks for hours, where `make test` does it for minutes
	@python -m pytest -m faults --long --timeout 36000 -n 2 tests/faults $(PYTEST)

lint: env ## check format, types, spelling, rules, and that made files are current
	ruff check .
	ruff format --check .
	mypy
	snakefmt --check $(RULES)
	snakemake --lint --profile profiles/default
	snakemake --lint --profile profiles/default --configfile config/pid.yaml
	codespell
	@envs/audit.sh
	python -m pytest -q --no-header $(CURRENT)

format: env ## put sources and rules into their format
	ruff check --fix --exit-zero .
	ruff format .
	snakefmt $(RULES)

docs: env ## remake what is made from code: schema, config tables, diagram in README.md
	python -m pytest -q --no-header --fix $(CURRENT)

lock: env ## remake envs/*.lock and envs/rootline.yaml from pyproject.toml (UPGRADE=1 takes newer versions)
	@envs/lock.sh

bench: env ## measure every stage against a plain baseline and print a table (FULL=1 for all sizes, which takes an hour)
	@python -m benchmarks $(if $(FULL),,--quick)
	@python -m benchmarks.history

verify: env ## compare results with their digests (STUDY=lartpc, AGAINST=digests.json of another run)
	@PYTHONPATH=src python -m rootline.verify results/$(STUDY) $(if $(AGAINST),--against "$(AGAINST)")

hosts-check: env ## say of each machine in profiles/ssh-multigpu/hosts.yaml whether it can run GPU jobs
	@PYTHONPATH=src python -m rootline.ssh.check

clean: ## remove caches and build files; results and .venv stay
	rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis build dist src/*.egg-info
	find src tests workflow benchmarks -name __pycache__ -prune -exec rm -rf {} +
