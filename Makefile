# Every target sets up what it needs. `make help` lists them.

PYTHON ?= python3
WORKERS ?= 2
ARGS ?=

VENV := .venv
RUN := $(VENV)/bin/python
UV := $(VENV)/bin/uv
RUNTIME := $(VENV)/.installed-runtime
DEV := $(VENV)/.installed-dev

# uv reads no setting of pip, so an index of the environment is passed on.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
INSTALL = VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet
LOCK = $(UV) pip compile --quiet --universal --no-emit-index-url --no-annotate --python-version 3.10
LOCK_WITH_HASHES = $(LOCK) --generate-hashes components/pyproject.toml --extra cli

# A directory role waits two seconds for the directory, so the engine works on many resources at once.
export PULUMI_PARALLEL ?= 64

# The tests start hundreds of Python processes; without bytecode each of them compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

# Runs the command after it with the engine's directory first on PATH.
WITH_ENGINE = engine=$$($(RUN) -m tools.engine) && PATH="$$engine:$$PATH"

.DEFAULT_GOAL := help
.PHONY: help demo shell test coverage lint format unit soak site serve-site bench dist compat lock schema facts clean

.NOTPARALLEL:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(UV): requirements-dev.txt
	@$(PYTHON) -c "import sys; sys.exit(None if (3, 10) <= sys.version_info < (3, 14) else \
	  'setup: Python %d.%d is not supported, so nothing was installed. Name one from 3.10 to 3.13, such as: make \
	PYTHON=python3.12' % sys.version_info[:2])"
	@test -x $(RUN) && $(RUN) -m pip --version > /dev/null || $(PYTHON) -m venv --clear $(VENV)
	@$(RUN) -m pip install --quiet "$$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements-dev.txt)"
	@touch $(UV)

$(RUNTIME): $(UV) requirements-deploy.txt requirements-localtenant.txt components/pyproject.toml
	@$(INSTALL) --require-hashes -r requirements-deploy.txt -r requirements-localtenant.txt
	@$(INSTALL) --no-deps --no-build-isolation -e ./components
	@touch $@

$(DEV): $(UV) requirements-dev.txt components/pyproject.toml testing/pyproject.toml
	@$(INSTALL) --require-hashes -r requirements-dev.txt
	@$(INSTALL) --no-deps --no-build-isolation -e ./components -e ./testing
	@touch $@

demo: $(RUNTIME) ## create both grants on a local tenant, show them, and delete them
	@$(WITH_ENGINE) $(RUN) -m tools.demo $(ARGS)

shell: $(RUNTIME) ## a shell on a local tenant, with pulumi and exchange-automation
	@$(RUN) -m tools.shell $(ARGS)

test: $(DEV) ## format, lint, types, import contracts, workflows, tests
	@$(RUN) -m tools.checks
	@$(WITH_ENGINE) $(RUN) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

coverage: $(DEV) ## the tests with their coverage, which takes a quarter longer
	@$(WITH_ENGINE) $(RUN) -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term $(ARGS)

lint: $(DEV) ## format, lint, types, import contracts, workflows; no tests
	@$(RUN) -m tools.checks

format: $(DEV) ## format the sources
	@$(RUN) -m ruff format
	@$(RUN) -m ruff check --fix

unit: $(DEV) ## the tests that need no engine
	@$(RUN) -m pytest tests/unit tests/tools $(ARGS)

soak: $(DEV) ## every test, the long ones included
	@$(WITH_ENGINE) $(RUN) -m pytest -n $(WORKERS) --dist worksteal -m "soak or not soak" $(ARGS)

site: $(DEV) ## the documentation site, in site/
	@NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --strict $(ARGS)

serve-site: $(DEV) ## the documentation site on http://localhost:8000, rebuilt when a page changes
	@NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs serve $(ARGS)

bench: $(DEV) ## what the components cost beside hand-written resources: hours; ARGS=--quick takes two minutes
	@$(WITH_ENGINE) $(RUN) -m benchmarks $(ARGS)

dist: $(DEV) ## wheel, source distribution and bill of materials, in dist
	@$(RUN) -m tools.release dist $(ARGS)

compat: $(DEV) ## the tests on every supported Python, with the oldest and the newest SDKs
	@$(RUN) -m tools.compat $(ARGS)

lock: $(UV) ## pin the requirements; make lock ARGS=--upgrade takes newer versions
	@$(LOCK_WITH_HASHES) requirements/dev.in --output-file requirements-dev.txt $(ARGS)
	@# The other locks start from these pins, so that there is one version of everything.
	@for name in deploy localtenant; do cp requirements-dev.txt requirements-$$name.txt; done
	@$(LOCK_WITH_HASHES) requirements/deploy.in --output-file requirements-deploy.txt
	@$(LOCK) --generate-hashes requirements/localtenant.in --output-file requirements-localtenant.txt
	@cp requirements-dev.txt requirements.txt
	@$(LOCK) requirements/runtime.in --output-file requirements.txt

schema: $(DEV) ## write components/schema.json, after a change of a component's arguments or outputs
	@$(RUN) -m tools.schema

facts: $(DEV) ## print the facts that nobody compared with their page for 90 days; make facts ARGS=--all prints all
	@$(RUN) -m tools.facts $(ARGS)

clean: ## remove the environment and what the tools leave in the checkout
	rm -rf $(VENV) .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov site
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
