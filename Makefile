# Two commands do all the set-up: `make demo` and `make test`. Everything installed stays in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Where this is set, each process of the tests compiles every file again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo check test test-newest docs lint format bench faults lives guards migration clean

demo: $(VENV)/.installed
	$(BIN)/oversight-watch demo

# Before each commit, in under two minutes: what needs no server, database, browser or process of its own.
check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n auto --dist worksteal -m "not slow"

test: $(VENV)/.ready
	$(BIN)/python -m pytest -n auto --dist worksteal

# The newest Python that all dependencies support; `make test` itself runs on the oldest or on what the machine has.
NEWEST ?= python3.13
test-newest:
	$(MAKE) test PYTHON=$(NEWEST) VENV=.venv-newest

# The site, in build/docs: without network, and with an error for any broken link.
docs: $(VENV)/.ready
	$(BIN)/python -m sphinx -q -E -W --keep-going -b html docs build/docs

lint: $(VENV)/.ready docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	git ls-files '*.yaml' | grep -v ^tests/ | xargs $(BIN)/yamllint --strict
	$(BIN)/python .ci/audit

format: $(VENV)/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.ready
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

# make faults N=1000 SEED=1 DATABASE=postgres: kill the service so many times, and hold what was delivered
# against what happened.
faults: N ?= 100
faults: SEED ?= 1
faults: DATABASE ?= sqlite
faults: $(VENV)/.ready
	$(BIN)/python -m tests.faults.run --kills $(N) --seed $(SEED) --database $(DATABASE)

# make lives N=20000 SEED=1: let two publishers live through so many steps, and hold every change that is
# recorded against what an editor was owed.
lives: N ?= 1000
lives: SEED ?= 1
lives: $(VENV)/.ready
	$(BIN)/python -m tests.lives.run --steps $(N) --seed $(SEED)

# Take each guard that a promise rests on out of a copy, and see a test fail.
guards: $(VENV)/.ready
	$(BIN)/python -m tests.guards.run

# make migration NAME="what changes": a new step from the difference between models and migrations.
migration: $(VENV)/.ready
	$(BIN)/python -m service.database.migrations "$(NAME)"

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

clean:
	rm -rf $(VENV) .venv-newest demo-output test-artifacts .pytest_cache .mypy_cache .ruff_cache .hypothesis
