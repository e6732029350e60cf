# The words people type. Everything stands on `make setup`, which needs Python >= 3.11; where npm is, it builds the query page's editor too.

PYTHON ?= python3
BIN     = .venv/bin
HOST   ?= 127.0.0.1
PORT   ?= 8000
FILES  ?= 3
ADVISORIES ?= pypi
EDITOR  = src/passo_lod/web/editor
BUILT   = src/passo_lod/web/static/built

.PHONY: help setup publish serve test check format accept lock audit site bench-sparql clean

help:            ## what can be made
	@sed -n 's/^\([a-z-]*\): .*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: .venv/ready $(BUILT)/ready   ## the environment .venv/, with every package at the version and hash of requirements.lock

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "passo-lod needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Name another: make PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# The editor of the query page and the outlines of its maps; all else works without them.
$(BUILT)/ready: $(EDITOR)/package-lock.json $(wildcard $(EDITOR)/*.js $(EDITOR)/*.mjs)
	@if ! command -v npm >/dev/null; then echo "no npm here: the query page will have a plain text box, and its maps no coastlines"; \
	elif ! npm --prefix $(EDITOR) ci --ignore-scripts --silent; then echo "npm could not install the editor's packages: the query page will have a plain text box, and its maps no coastlines"; \
	else node $(EDITOR)/build.mjs && touch $@; fi

publish: setup   ## a release of data/ in releases/
	$(BIN)/passo-lod publish

serve: publish   ## publish data/ and serve it on http://127.0.0.1:8000
	$(BIN)/passo-lod serve --host $(HOST) --port $(PORT)

# With bytecode, also where the environment asks for none: the tests start Python some hundred times.
test: check      ## lint, types, import contracts, and all tests, three files of them at a time (FILES=1: one)
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses $(FILES) --dist loadfile

check: setup     ## lint, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup    ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

accept: setup    ## rewrite the expected files of a source for review: make accept SOURCE=emilia-romagna
	$(BIN)/python -m pytest tests/test_sources.py --accept $(SOURCE)

AUDIT = $(BIN)/uv tool run --quiet --from pip-audit==2.10.1 pip-audit --strict --progress-spinner off --disable-pip --require-hashes --vulnerability-service $(ADVISORIES)

COMPILE = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --quiet

lock: setup      ## resolve requirements.lock anew, and those of the benchmarks and of CKAN's reader
	$(COMPILE) pyproject.toml --group dev --output-file requirements.lock
	$(COMPILE) pyproject.toml --group bench --constraint requirements.lock --output-file benchmarks/requirements.lock
	$(COMPILE) tests/ckan/requirements.in --no-emit-package psycopg2 --output-file tests/ckan/requirements.txt
	$(COMPILE) docs/requirements.in --output-file docs/requirements.txt

# --strict, because pip-audit ends with success where it cannot look a package up. It needs the network, so it is no part of `make test`.
audit: setup     ## known vulnerabilities of all locked packages, those of the query page's editor included
	@for lock in requirements.lock benchmarks/requirements.lock docs/requirements.txt tests/ckan/requirements.txt; do \
	echo "$$lock"; $(AUDIT) --requirement $$lock || failed=1; done; \
	for folder in $(EDITOR) tests/browser; do \
	echo "$$folder/package-lock.json"; npm --prefix $$folder audit --package-lock-only || failed=1; done; \
	test -z "$$failed"

# Without --quiet, which would switch --strict off.
site: .venv-docs/ready   ## build the documentation site in build/site/, with all links checked
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict

.venv-docs/ready: docs/requirements.txt
	test -x .venv-docs/bin/python || $(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement docs/requirements.txt
	@touch $@

bench-sparql: .venv-bench/ready   ## measure the SPARQL endpoint beside others (docs/benchmarks.md); BENCH=--quick for a smoke test
	.venv-bench/bin/python -m benchmarks.sparql.run $(BENCH)

.venv-bench/ready: benchmarks/requirements.lock pyproject.toml
	test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement benchmarks/requirements.lock
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:           ## remove the environment and the releases
	rm -rf .venv .venv-bench .venv-ckan .venv-docs build/site releases $(BUILT) $(EDITOR)/node_modules tests/browser/node_modules
