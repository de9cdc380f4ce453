# Every target sets up what it needs. `make help` lists them.

PYTHON ?= python3
WORKERS ?= 2
ARGS ?=

VENV := .venv
RUN := $(VENV)/bin/python
RUNTIME := $(VENV)/.installed-runtime
DEV := $(VENV)/.installed-dev

# Runs what follows with the engine's directory first on PATH.
WITH_ENGINE = engine=$$($(RUN) -m tools.engine) && PATH="$$engine:$$PATH"

.DEFAULT_GOAL := help
.PHONY: help demo test lint format unit soak site serve-site dist compat lock schema facts clean
.NOTPARALLEL:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(RUNTIME): requirements.txt requirements-localtenant.txt components/pyproject.toml tools/bootstrap.py
	@$(PYTHON) -m tools.bootstrap runtime

$(DEV): requirements-dev.txt components/pyproject.toml tools/bootstrap.py
	@$(PYTHON) -m tools.bootstrap dev

demo: $(RUNTIME) ## both grants made, shown and taken away again, on a tenant of this machine
	@$(WITH_ENGINE) $(RUN) -m tools.demo $(ARGS)

test: $(DEV) ## format, lint, types, import contracts, workflows, tests with coverage
	@$(RUN) -m tools.steps format lint types contracts workflows
	@$(WITH_ENGINE) $(RUN) -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term $(ARGS)

lint: $(DEV) ## format, lint, types, import contracts, workflows; no tests
	@$(RUN) -m tools.steps format lint types contracts workflows

format: $(DEV) ## rewrite the sources as the formatter wants them
	@$(RUN) -m ruff format
	@$(RUN) -m ruff check --fix

unit: $(DEV) ## the tests that need no engine
	@$(RUN) -m pytest tests/unit tests/tools $(ARGS)

soak: $(DEV) ## every test, the long ones included
	@$(WITH_ENGINE) $(RUN) -m pytest -n $(WORKERS) --dist worksteal -m "soak or not soak" $(ARGS)

site: $(DEV) ## the documentation site, in site/
	@NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --strict $(ARGS)

serve-site: $(DEV) ## the documentation site on http://localhost:8000, built anew when a page changes
	@NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs serve $(ARGS)

dist: $(DEV) ## wheel, source distribution and bill of materials, in dist
	@$(RUN) -m tools.release dist $(ARGS)

compat: $(DEV) ## the tests on every supported Python, with the oldest and the newest SDKs
	@$(RUN) -m tools.compat $(ARGS)

lock: $(DEV) ## pin the requirements anew; make lock ARGS=--upgrade takes newer versions
	@$(PYTHON) -m tools.lock $(ARGS)

schema: $(DEV) ## write components/schema.json anew, after a change of a component's arguments or outputs
	@$(RUN) -m tools.schema

facts: $(DEV) ## print the facts that nobody compared with their page for 90 days; make facts ARGS=--all prints all
	@$(RUN) -m tools.facts $(ARGS)

clean: ## remove the environment and what the tools leave in the checkout
	rm -rf $(VENV) .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov site
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
