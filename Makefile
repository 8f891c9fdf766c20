# cfdesk: `make run` needs Python >= 3.11 (with venv) and Node >= 20 (with npm), nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PACKAGES := frontend/node_modules/.installed
PAGE := frontend/dist/index.html
# Folders too: their time tells of files that were removed.
PAGE_SOURCES = $(shell find frontend/src frontend/public; \
	find frontend -maxdepth 1 -type f ! -name '*.tsbuildinfo')
# Exactly what the lock file says, as `npm ci` would; that one refuses a lock file written where the registry
# lacks optional packages of other platforms.
NPM_INSTALL = npm install --no-save --include=dev --no-audit --no-fund --loglevel=error
PIP_COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-header

TYPES = $(BIN)/python -m blueprints.openapi_document | node frontend/scripts/types.mjs

ALONE = tests/e2e tests/faults

.DEFAULT_GOAL := help
.PHONY: help install run test check types check-types bench format lock clean clean-data

help: ## This list
	@echo "cfdesk, a self-hosted CFD trading desk. Targets:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | sort | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

install: $(INSTALLED) ## Install what Python needs into .venv/ (instant when it is there)

run: $(INSTALLED) $(PAGE) ## Run the whole desk: servers, processes, page; Ctrl-C stops it
	@$(BIN)/python -m runtime.run

# The page's tests run first, so that the last lines are pytest's summary. What kills, freezes and measures whole
# desks has the machine to itself; the rest runs side by side, each process with servers of its own.
test: $(INSTALLED) $(PAGE) ## Run every test
	cd frontend && npm run test
	$(BIN)/python -m pytest $(ALONE:%=--ignore=%) --numprocesses auto --maxprocesses 4 --dist loadfile
	for apart in $(ALONE); do $(BIN)/python -m pytest $$apart || exit 1; done

check: $(INSTALLED) $(PACKAGES) check-types ## Lint, types and import rules, of both languages
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd frontend && npm run lint && npm run typecheck && npm run build

# Where the document can't be made, nothing comes through the pipe, and the script fails on that.
types: $(INSTALLED) $(PACKAGES) ## Write the page's types of the API anew, from the routes
	$(TYPES)

check-types: $(INSTALLED) $(PACKAGES)
	$(TYPES) --check

# Whatever of bench/ has a main(): the other modules are parts, or processes that a benchmark starts.
bench: $(INSTALLED) ## Run every benchmark of bench/; the last line of each is its figures
	@for file in bench/*.py; do \
		name=$$(basename $$file .py); \
		grep -q '^def main()' $$file || continue; \
		echo "== bench.$$name"; $(BIN)/python -m bench.$$name || exit 1; \
	done

format: $(INSTALLED) ## Format and fix what can be fixed
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lock: $(INSTALLED) ## Choose versions anew: requirements.lock and requirements-server.lock
	$(PIP_COMPILE) --upgrade --all-extras pyproject.toml -o requirements.lock
	$(PIP_COMPILE) --upgrade --constraint requirements.lock pyproject.toml -o requirements-server.lock
	@! grep -n '://' requirements.lock requirements-server.lock || { echo "a lock file names an address"; exit 1; }

clean: ## Remove what was installed and built, not the data
	rm -rf $(VENV) frontend/node_modules frontend/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf tests/support/apache_kafka/target
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-data: ## Remove the data of `make run`: accounts, orders, history
	rm -rf .data

# A stamp, touched last: an interrupted installation is taken up again.
$(INSTALLED): requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "cfdesk needs Python 3.11 or newer: $(PYTHON) is not installed."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "cfdesk needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1): try make PYTHON=python3.12."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) can't make virtual environments: install its venv package (Debian: apt install python3-venv)."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Python packages into $(VENV)/ ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(PACKAGES): frontend/package-lock.json frontend/package.json
	@command -v node >/dev/null && command -v npm >/dev/null || { \
		echo "cfdesk builds its page with Node.js 20 or newer and npm: they are not installed."; exit 1; }
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || { \
		echo "cfdesk builds its page with Node.js 20.19 or newer, and this is $$(node -v)."; exit 1; }
	@echo "Installing the page's packages ..."
	@cd frontend && $(NPM_INSTALL)
	@touch $@

$(PAGE): $(PACKAGES) $(PAGE_SOURCES)
	@echo "Building the page ..."
	@cd frontend && npm run --silent build
	@touch $@
