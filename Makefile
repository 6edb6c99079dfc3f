# Every target does all of its own set-up on a Debian or Ubuntu with Python 3.11 or newer.

SHELL := /bin/bash
BIN := .venv/bin
READY := .venv/.ready
MONITORING := prometheus=prometheus prometheus-alertmanager=prometheus-alertmanager
SERVERS := mariadb-server=mariadbd rabbitmq-server=rabbitmq-server chromium=chromium \
	faketime=faketime $(MONITORING)

.PHONY: help demo test servers timesketch unit mutants check format docs pictures bench clean

help: ## What can be made
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

demo: $(READY) ## See it at work on a small Timesketch of its own (DEMO_ARGS=--once: unattended)
	@tests/setup/offer-debian-packages "to see the alerts as well" $(MONITORING)
	@$(BIN)/timesketch-exporter demo $(DEMO_ARGS)

test: $(READY) ## All tests: unit, integration, acceptance (TEST_ARGS go to pytest)
	@$(MAKE) --no-print-directory --jobs=2 servers timesketch
	mkdir -p .cache/coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder $(TEST_ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

servers:
	@tests/setup/debian-packages $(SERVERS)

timesketch: $(READY)
	@$(BIN)/python -m tests.timesketch.environment

unit: $(READY) ## The tests that need no server, in seconds
	$(BIN)/pytest --numprocesses 2 tests/unit $(TEST_ARGS)

mutants: $(READY) ## Change what plans and guards repairs in hundreds of ways: does a test notice each?
	$(BIN)/pytest tests/mutation $(TEST_ARGS)

check: $(READY) ## Lint, format, types, and which room may import which
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --cache-dir .cache/import-linter

format: $(READY) ## Put the code into its form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(READY) ## Write the generated documents anew
	$(BIN)/python -m exporter.settings.document > docs/settings.md
	$(BIN)/python -m exporter.metrics.document > docs/metrics.md
	$(BIN)/python -m alerts.document > docs/alerts.md

pictures: $(READY) ## Take the pictures of the console anew
	tests/setup/debian-packages chromium=chromium
	$(BIN)/python -m tests.integration.console.pictures docs/pictures

bench: $(READY) ## The figures of speed and memory, as JSON
	@tests/setup/debian-packages chromium=chromium
	$(BIN)/python -m bench $(BENCH_ARGS)

clean: ## Remove everything that was made
	rm -rf .venv .cache .hypothesis build dist

$(READY): pyproject.toml tests/setup/environment
	@echo "Preparing .venv"
	@tests/setup/environment .venv
	@touch $@
