# Crossdock's commands. `make` alone lists them. Everything is installed into .venv, nothing outside.
# No target needs root; all of them work as root, too.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
# Installed anew when the locks, the package's description or the Python in use have changed.
STAMP := $(VENV)/.installed-$(shell cat requirements-dev.lock pyproject.toml 2>/dev/null | cksum | tr ' ' -)
ARGS ?=

# Tests and the demo start many processes: what one of them has compiled, the next need not compile again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-11s %s\n", $$1, $$2 }'

.PHONY: setup
setup: $(STAMP) ## Install Crossdock and its tools into .venv (again only when something changed)

$(STAMP):
	@scripts/setup "$(VENV)"
	@rm -f $(VENV)/.installed-*
	@touch $@

.PHONY: demo
demo: setup ## Bring up the hub, a database and a stand-in store, and carry orders all the way round
	@$(BIN)/crossdock demo $(ARGS)

.PHONY: check
check: setup ## Check style, types and the arrows between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	@# The type checker loads Django's settings, which need the name of a database but no connection to it.
	CROSSDOCK_DATABASE_URL=postgresql:///unused CROSSDOCK_SECRET_KEY=unused-by-the-type-checker $(BIN)/mypy

# Tests of SFTP talk to a real server, started by them on a free port.
.PHONY: needs-sshd
needs-sshd:
	@PATH="$$PATH:/usr/sbin" command -v sshd >/dev/null || scripts/install-for-tests openssh-server

# Browser tests drive Debian's Chromium; they bring a profile of their own and reach this machine only.
.PHONY: needs-chromium
needs-chromium:
	@command -v chromium >/dev/null || scripts/install-for-tests chromium

.PHONY: test
test: needs-sshd needs-chromium check ## Check everything, then run all tests
	$(BIN)/pytest -n 3 --dist worksteal $(ARGS)

.PHONY: screenshots
screenshots: setup needs-chromium ## Take pictures of every screen (ARGS=--docs: for the docs, too)
	PYTHONPATH=tests $(BIN)/python -m browser.screenshots $(ARGS)

.PHONY: bench
bench: setup ## Measure imports and calls, and print the ratios
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: bench-pages
bench-pages: setup ## Measure the portal's pages with 2,000 and with 100,000 orders
	$(BIN)/python -m benchmarks.pages $(ARGS)

.PHONY: lock
lock: setup ## Choose the newest allowed versions and pin them, for Python 3.11 to 3.13
	@scripts/lock "$(BIN)"

.PHONY: clean
clean: ## Remove the virtual environment and the caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find src tests -type d -name __pycache__ -prune -exec rm -rf {} +
