# `make` alone lists what there is. On a new machine `make demo` and `make test` need nothing done before.

PYTHON ?= python3
# Further arguments for a target's command: make test ARGS="-k paths"
ARGS ?=
# What installs the packages that its arguments name.
INSTALL ?= $(VENV)/bin/pip install --quiet --disable-pip-version-check

VENV := .venv
TYPED := parkgraph tests benchmarks
# The tests run in so many processes; what needs the shared Neo4j server stays in one of them.
PROCESSES ?= 2
BENCHMARKS ?= bundled matching moments checks load paths measures search api

new_enough = $(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("ParkGraph needs Python 3.11 \
  or newer, and $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12" % sys.version_info[:2])' || exit 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint bench docs neo4j lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo '  PYTHON=python3.12 chooses the Python, ARGS="..." adds arguments to a command'

setup: $(VENV)/.installed ## install ParkGraph into .venv, again only when its requirements changed

demo: setup ## load the bundled data and serve the API and the explorer on this machine
	$(VENV)/bin/parkgraph demo $(ARGS)

test: $(VENV)/.installed-dev ## run the tests; what the machine lacks is skipped, and listed with the reason
	$(VENV)/bin/pytest -n $(PROCESSES) --dist loadgroup $(ARGS)

lint: $(VENV)/.installed-dev ## check style, types and who imports whom
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy $(TYPED)
	$(VENV)/bin/lint-imports

bench: $(VENV)/.installed-dev ## run every benchmark
	@set -e; for name in $(BENCHMARKS); do echo "== $$name"; $(VENV)/bin/python -m "benchmarks.$$name"; done

docs: setup ## write the generated docs again
	$(VENV)/bin/parkgraph docs $(ARGS)

neo4j: ## serve a real Neo4j on this machine, without Docker (needs a JDK 17 and Maven)
	@$(new_enough)
	@$(PYTHON) tests/neo4j_server/server.py $(ARGS)

lock: ## write constraints.txt from what .venv holds now
	@test -x $(VENV)/bin/pip || { echo 'There is no $(VENV) to lock: run "make setup" first.' >&2; exit 1; }
	@$(VENV)/bin/pip freeze --exclude-editable | LC_ALL=C sort -f > $(VENV)/freeze.txt
	@if grep -Ev '^[A-Za-z0-9._-]+==[^ ]+$$' $(VENV)/freeze.txt >&2; then \
	  echo 'constraints.txt is as it was: the above did not come by name and version.' >&2; exit 1; fi
	@grep -iv '^parkgraph==' $(VENV)/freeze.txt > constraints.txt
	@echo "constraints.txt holds $$(grep -c . constraints.txt) packages."

clean: ## remove .venv and all that was built; loaded graphs and .cache stay
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -path ./.cache -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/pip
	@echo 'Installing ParkGraph into $(VENV): a minute or two.'
	@$(INSTALL) -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/pip
	@echo 'Installing ParkGraph and its development tools into $(VENV): a minute or two.'
	@$(INSTALL) -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.installed

$(VENV)/bin/pip:
	@$(new_enough)
	@$(PYTHON) -m venv $(VENV)
