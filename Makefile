# make demo and make test need Python 3.11 or later, make and git; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
# Two processes, each file of tests in one of them: what a file makes once is made once. The coverage of both is added up
# and must reach fail_under in pyproject.toml; .venv/bin/coverage report -m then lists the lines that no test ran.
BOTH := -n 2 --dist loadfile

.PHONY: demo test test-all test-wheel lint types bench compare clean

demo: .venv/installed
	$(BIN)/scgraph demo

test: .venv/installed-dev
	$(BIN)/python -m pytest $(BOTH) --cov --cov-report=

test-all: .venv/installed-dev
	$(BIN)/python -m pytest $(BOTH) -m "long or not long"

# The same suite against the built wheel, in an environment that cannot see this folder's packages.
test-wheel: .venv/installed-dev
	$(BIN)/python tests/against_wheel.py

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed-dev build/typing/supplyrisk
	$(BIN)/mypy

bench: .venv/installed-dev
	$(BIN)/python tests/bench/bench_load.py
	$(BIN)/python tests/bench/bench_contagion.py
	$(BIN)/python tests/bench/bench_stress.py
	$(BIN)/python tests/bench/bench_neo4j.py
	$(BIN)/python tests/bench/bench_queries.py
	$(BIN)/python tests/bench/bench_check.py

# The results of this tree against those of an earlier commit, to the bit: docs/comparison.md.
compare: .venv/installed-dev
	$(BIN)/python tests/comparison/compare.py

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("scgraph needs Python 3.11 or later, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/installed-dev: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@ .venv/installed

# Type checkers do not follow the mapping of the top folders into one package; these links show it to them.
build/typing/supplyrisk: Makefile
	mkdir -p $@
	for part in queries graph loaders gnn services web cli; do ln -sfn ../../../$$part $@/$$part; done
	touch $@

clean:
	rm -rf .venv build dist demo *.egg-info
