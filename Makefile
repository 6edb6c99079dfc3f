# Every target does all of its own set-up on a Debian or Ubuntu with Python 3.11 or newer.

SHELL := /bin/bash
BIN := .venv/bin
READY := .venv/.ready
MONITORING := prometheus=prometheus prometheus-alertmanager=prometheus-alertmanager
SERVERS := mariadb-server=mariadbd rabbitmq-server=rabbitmq-server chromium=chromium $(MONITORING) \
	systemd=systemd-analyze strace=strace bubblewrap=bwrap faketime=faketime

# Containers often forbid bytecode. Tests start hundreds of interpreters, each of which would then
# compile all that it imports: most of a command's second or two.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test servers timesketch unit mutants chaos fuzz soak check format docs site pictures bench lock audit oldest release clean

help: ## What can be made
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

demo: $(READY) ## See it at work on a small Timesketch of its own (DEMO_ARGS=--once: unattended)
	@tests/setup/offer-debian-packages "to see the alerts as well" $(MONITORING)
	@$(BIN)/timesketch-exporter demo $(DEMO_ARGS)

test: $(READY) ## All tests: unit, integration, acceptance (TEST_ARGS go to pytest)
	@$(MAKE) --no-print-directory --jobs=2 servers timesketch
	mkdir -p .cache/coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(TEST_ARGS)
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

chaos: $(READY) ## Random mishaps, and verdicts held against the truth (CHAOS_MINUTES, CHAOS_SEED)
	@tests/setup/debian-packages faketime=faketime
	$(BIN)/python -m tests.chaos --minutes $(or $(CHAOS_MINUTES),10) $(if $(CHAOS_SEED),--seed $(CHAOS_SEED)) $(CHAOS_ARGS)

fuzz: FUZZ_MINUTES ?= 5
fuzz: $(READY) ## Bytes that nobody would think of, for every reader (FUZZ_MINUTES=5, FUZZ_ARGS)
	$(BIN)/python -m tests.fuzz --minutes $(FUZZ_MINUTES) $(FUZZ_ARGS)

soak: SOAK_MINUTES ?= 30
soak: $(READY) ## Workers that come and go, a scrape a second: does anything grow? (SOAK_MINUTES=30)
	$(BIN)/python -m tests.soak --minutes $(SOAK_MINUTES) $(SOAK_ARGS)

check: $(READY) ## Lint, format, dangers, types, which room may import which, the documentation's links
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive \
	  alerts bench contrib deploy exporter grafana release website
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --cache-dir .cache/import-linter
	@$(MAKE) --no-print-directory site

format: $(READY) ## Put the code into its form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(READY) ## Write the generated documents and dashboards anew
	$(BIN)/python -m exporter.settings.document > docs/settings.md
	$(BIN)/python -m exporter.metrics.document > docs/metrics.md
	$(BIN)/python -m alerts.document > docs/alerts.md
	$(BIN)/python -m bench.document bench/results.json > docs/benchmarks.md
	$(BIN)/python -m bench.sizing bench/results.json > .cache/sizing.md
	mv .cache/sizing.md docs/sizing.md
	$(BIN)/python -m grafana.generate.write
	$(BIN)/python -m grafana.generate.document > docs/dashboards.md
	$(BIN)/python -m deploy.kubernetes.generate rules > deploy/kubernetes/monitoring/rules.yml
	$(BIN)/python -m deploy.kubernetes.generate dashboards > deploy/kubernetes/monitoring/dashboards.yml

site: $(READY) ## The documentation as a site that needs no network, in .cache/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

pictures: $(READY) ## Take the pictures of the console anew
	tests/setup/debian-packages chromium=chromium
	$(BIN)/python -m tests.integration.console.pictures docs/pictures

bench: $(READY) ## The figures of speed, latency and memory, as JSON (BENCH_ARGS=--help)
	@tests/setup/debian-packages chromium=chromium
	$(BIN)/python -m bench $(BENCH_ARGS)

lock: $(READY) ## Pin what the exporter runs with, by hashes (LOCK_ARGS=--upgrade: the newest)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra mariadb --generate-hashes \
	  --custom-compile-command "make lock" $(LOCK_ARGS) --output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command "make lock" $(LOCK_ARGS) --output-file contrib/container/tools.lock \
	  contrib/container/tools.in

audit: $(READY) ## Ask whether what is pinned was withdrawn or is known to be vulnerable (needs PyPI)
	@$(BIN)/python -m release.audit

oldest: $(READY) servers ## Most tests, with the oldest dependencies that pyproject.toml takes
	$(BIN)/python -m tests.release.oldest -q --numprocesses 2 --dist loadfile \
	  tests/unit tests/integration/commands tests/integration/observe tests/integration/repair $(TEST_ARGS)

release: $(READY) ## Distributions, bill of materials, licences and checksums, in dist/
	$(BIN)/python -m release --validate dist

clean: ## Remove everything that was made
	rm -rf .venv .cache .hypothesis build dist

$(READY): pyproject.toml tests/setup/environment
	@echo "Preparing .venv"
	@tests/setup/environment .venv
	@touch $@
