# `make help` lists the targets. Everything Python lives in .venv; everything a run writes in var/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BI := .venv-bi
PEERS := .venv-peers
BI_PORT ?= 8088
BENCH_HOME ?= var/nation
export ASN_HOME ?= var
export DO_NOT_TRACK := 1

.DEFAULT_GOAL := help
.PHONY: help install install-dev demo run up bi bi-install bi-datasets bi-screenshots test spark-install test-spark lint lint-python lint-sql format bench bench-guard bench-national bench-peers lock secrets screenshots pictures glossary marts clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Python 3.11, 3.12 or 3.13 is needed (set PYTHON=python3.11, for example)."; exit 1; }
	$(PYTHON) -m venv $(VENV) \
		|| { echo "Creating $(VENV) failed. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.installed: requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --no-compile --disable-pip-version-check -r requirements.txt
	$(BIN)/pip install --quiet --no-compile --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/pip install --quiet --no-compile --disable-pip-version-check -r requirements-dev.txt
	@touch $@

install: $(VENV)/.installed  ## Install the locked packages into .venv
install-dev: $(VENV)/.installed-dev  ## Install what tests and linters need as well

demo: install  ## Simulated agencies, three months, the real DAGs, report and pages
	$(BIN)/python scripts/demo.py

run: install  ## One month of your own files: make run PERIOD=2026-10
	$(BIN)/asn run --period $(PERIOD)

up: install  ## Airflow on http://localhost:8080 over the same home, with the monthly schedule
	scripts/airflow_up.sh

$(BI)/.installed: bi/superset/requirements.txt | $(BIN)/python
	$(BIN)/python -m venv $(BI)
	$(BI)/bin/pip install --quiet --no-compile --disable-pip-version-check -r bi/superset/requirements.txt
	@touch $@

bi-install: install $(BI)/.installed  ## Install Superset into .venv-bi (700 MB)

bi: bi-install  ## Superset with the dashboards on localhost: make bi AGENCY=7871 lets one in
	@$(BIN)/python scripts/bi.py --port $(BI_PORT) $(addprefix --agency ,$(AGENCY))

bi-datasets: install  ## Columns of Superset's datasets from the models
	$(BIN)/python scripts/superset_datasets.py

bi-screenshots: install-dev bi-install  ## Pictures of the dashboards from the demo's months
	$(BIN)/python scripts/bi_screenshots.py

test: install-dev  ## Everything that can be tested on this machine; skipped tests say why
	@echo "Linters run beside the tests, in what time these leave them: $(VENV)/lint.log"
	@nice make --no-print-directory lint > $(VENV)/lint.log 2>&1 & linters=$$!; \
	tests=0; $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder || tests=$$?; \
	wait $$linters && echo "ruff, mypy and sqlfluff found nothing." || { cat $(VENV)/lint.log; exit 1; }; \
	exit $$tests

$(VENV)/.installed-spark: spark/requirements.txt $(VENV)/.installed
	$(BIN)/pip install --quiet --no-compile --disable-pip-version-check -r spark/requirements.txt
	@touch $@

spark-install: $(VENV)/.installed-spark  ## Install what the target spark needs (500 MB; Java 17 beside it)

test-spark: install-dev spark-install  ## A real cluster of two workers computes what DuckDB computes
	$(BIN)/python -m pytest tests/spark

lint: lint-python lint-sql  ## ruff, mypy and sqlfluff
lint-python: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
lint-sql: install-dev
	env -u ASN_BUILD_DB $(BIN)/sqlfluff lint dbt_project/models dbt_project/tests

format: install-dev  ## Format Python and SQL
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix dbt_project/models

bench: install  ## Admission against DuckDB's bare conversion, and the cost of small files
	$(BIN)/python benchmarks/admission.py
	$(BIN)/python benchmarks/small_files.py

bench-national: install-dev  ## The nation's month against the floor (BENCH_HOME, default var/nation)
	$(BIN)/python benchmarks/nation.py --home $(BENCH_HOME) $(BENCH_OPTIONS)

bench-guard: install-dev  ## A hundredth of the nation: fails when its ratio to the floor is 30 % worse
	@home=$$(mktemp -d) && trap 'rm -rf '$$home EXIT; \
	$(BIN)/python benchmarks/nation.py --home $$home --people 56000 --agencies 6 --guard

$(PEERS)/.installed: benchmarks/peers/requirements.txt | $(BIN)/python
	$(BIN)/python -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --no-compile --disable-pip-version-check -r benchmarks/peers/requirements.txt
	@touch $@

bench-peers: install-dev $(PEERS)/.installed  ## The same month by dlt and PostgreSQL, by pandas and by dbt-duckdb alone
	$(BIN)/python benchmarks/peers.py

lock: install-dev  ## Compile requirements.in and requirements-dev.in into the locks
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-emit-index-url requirements.in -o requirements.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-emit-index-url requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-emit-index-url bi/superset/requirements.in -o bi/superset/requirements.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-emit-index-url benchmarks/peers/requirements.in -o benchmarks/peers/requirements.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-emit-index-url spark/requirements.in -o spark/requirements.txt

secrets:  ## Write .env with random secrets for docker compose
	$(PYTHON) scripts/make_secrets.py

screenshots: install-dev  ## Pictures of the README from the demo's report
	$(BIN)/python scripts/screenshots.py

pictures: install-dev  ## Every page of the latest report as pictures, in var/pictures
	$(BIN)/python scripts/render_pages.py

glossary: install  ## Write docs/glossary.md from contracts and staging models
	$(BIN)/python scripts/glossary.py

marts: install  ## Write docs/marts.md from the models
	$(BIN)/python scripts/marts_page.py

clean:  ## Delete var/ with all its data, the key of the pseudonyms too; not .venv
	rm -rf var
