# Prompt Lab. `make` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Three at once on two cores, as a browser waits a lot; a file in one piece, for its tests share a
# server or a model; in the order of their names, which has the slow ones of the browser early
WORKERS ?= -n 3 --dist loadfile --no-loadscope-reorder
CODE := Home.py pages ui core training benchmarks translation tests

.DEFAULT_GOAL := help
.PHONY: help run classroom test test-long test-vllm test-all lint check format messages train benchmark clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-10s %s\n", $$1, $$2}'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Prompt Lab needs Python 3.11 or newer; set PYTHON=/path/to/python3.11."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "Install Python's venv first: sudo apt-get install python3-venv"; exit 1; }

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.development: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

run: $(VENV)/.runtime ## set up what is missing, fetch a small real model once and start the app
	@$(BIN)/python -m core models starter
	@$(BIN)/python -m core interpreter || true
	$(BIN)/python -m streamlit run Home.py

classroom: $(VENV)/.runtime ## open the app to a class on this network, behind a join code
	@$(BIN)/python -m core classroom

test: $(VENV)/.development ## set up what is missing and run the tests
	$(BIN)/python -m pytest $(WORKERS)

test-long: $(VENV)/.development ## run the long tests: the rest of every matrix of pages, lessons and families
	$(BIN)/python -m pytest $(WORKERS) -m long

test-vllm: $(VENV)/.development ## set up vLLM in an environment of its own (4 GB) and run the tests against it
	$(BIN)/python -m tests.vllm.environment
	$(BIN)/python -m pytest -m vllm tests/vllm

test-all: test test-long ## run all tests

lint: $(VENV)/.development ## check format, style and types
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy

check: lint test-all ## what continuous integration runs

format: $(VENV)/.development ## format the code
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

messages: $(VENV)/.development ## collect the texts to translate, and compile the translations
	$(BIN)/python -m translation

train: $(VENV)/.runtime ## train a model of the embedded one's kind from nothing, in its place
	$(BIN)/python -m training

benchmark: $(VENV)/.runtime ## measure the grid against single answers
	$(BIN)/python -m benchmarks.grid

clean: ## remove the environment and caches
	rm -rf $(VENV) .venv-vllm .mypy_cache .ruff_cache .hypothesis
