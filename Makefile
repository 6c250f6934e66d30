# Two commands do all the set-up: `make demo` and `make test`. Everything installed stays in .venv. `make help` lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Where this is set, each process of the tests compiles every file again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo check test test-newest docs pictures lint style types format bench faults lives guards migration generated sbom release clean
.DEFAULT_GOAL := demo

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## install the program and all that tests, checks and docs need into .venv

demo: $(VENV)/.installed ## a week of oversight in seconds; installs only the program
	$(BIN)/oversight-watch demo

check: $(VENV)/.ready ## before each commit, in two minutes: what needs no server, database, browser or process of its own
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n auto --dist worksteal -m "not slow"

test: $(VENV)/.ready ## all tests
	$(BIN)/python -m pytest -n auto --dist worksteal

# The newest Python that all dependencies support; `make test` itself runs on the oldest or on what the machine has.
NEWEST ?= python3.13
test-newest: ## all tests on another Python: NEWEST=python3.13
	$(MAKE) test PYTHON=$(NEWEST) VENV=.venv-newest

docs: $(VENV)/.ready ## the documentation as a site, in build/docs
	$(BIN)/python -m sphinx -q -E -W --keep-going -b html docs build/docs

pictures: $(VENV)/.ready ## the pictures in docs/images, from the demo; needs a Chromium
	$(BIN)/python -m docs.pictures

lint: style types docs ## style, types, import rules, YAML, docs, known vulnerabilities

style: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	git ls-files '*.yaml' | grep -v ^tests/ | xargs $(BIN)/yamllint --strict
	$(BIN)/python .ci/audit

types: $(VENV)/.ready
	$(BIN)/mypy

format: $(VENV)/.ready ## put the code into its usual form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.ready ## what it costs
	$(BIN)/python -m bench
	$(BIN)/python -m bench.requests
	$(BIN)/python -m bench.versions
	$(BIN)/python -m bench.topics
	$(BIN)/python -m bench.growth
	$(BIN)/python -m bench.digest
	$(BIN)/python -m bench.replay
	$(BIN)/python -m bench.service
	$(BIN)/python -m bench.fleet
	$(BIN)/python -m bench.peers

faults: N ?= 100
faults: SEED ?= 1
faults: DATABASE ?= sqlite
faults: $(VENV)/.ready ## kill the service N times; nothing may be lost or doubled: N=1000 SEED=1 DATABASE=postgres
	$(BIN)/python -m tests.faults.run --kills $(N) --seed $(SEED) --database $(DATABASE)

lives: N ?= 1000
lives: SEED ?= 1
lives: $(VENV)/.ready ## let two publishers live through N steps, and judge every recorded change: N=20000 SEED=1
	$(BIN)/python -m tests.lives.run --steps $(N) --seed $(SEED)

guards: $(VENV)/.ready ## take each guard out of a copy in turn; some test must fail
	$(BIN)/python -m tests.guards.run

migration: $(VENV)/.ready ## a new step for the tables: NAME="what changes"
	$(BIN)/python -m service.database.migrations "$(NAME)"

generated: $(VENV)/.ready ## the page of dependencies, the manual page and the lock with hashes, from what they follow
	$(BIN)/python .ci/dependencies
	PYTHONPATH=. $(BIN)/python .ci/man
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --extra workers --constraint constraints.txt --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet --output-file requirements.lock

sbom: $(VENV)/.installed ## all packages of the program in CycloneDX's form, in sbom.json
	$(BIN)/pip install --quiet --disable-pip-version-check cyclonedx-bom
	$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-file sbom.json

# The marks are written last, so that an installation cut short is done again. The demo needs the program alone;
# the tests add the extra "dev" to it.
$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make PYTHON=python3.11 ...")'
	@echo "Installing the program into $(VENV): about half a minute, once."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.ready: $(VENV)/.installed
	@echo "Installing what the tests need into $(VENV): about a minute, once."
	$(BIN)/pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

release: $(VENV)/.ready ## check, date the changelog, set the version, tag and build; pushes nothing: VERSION=0.2.0
	$(BIN)/python .ci/release "$(VERSION)"

clean: ## delete what was installed and built
	rm -rf $(VENV) .venv-newest build dist docs/generated demo-output test-artifacts .pytest_cache .mypy_cache .ruff_cache .hypothesis
