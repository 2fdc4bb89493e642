# The project's commands. `make run` is all a new machine needs; see README.md.
PYTHON ?= python3
PORT ?= 5000
BIN := .venv/bin
SETUP := .venv/.packages
DEV := .venv/.dev-packages
VENDOR := static/vendor/.made
CATALOGUES := $(wildcard translations/*/LC_MESSAGES/messages.po)
COMPILED := $(CATALOGUES:.po=.mo)
SOURCES := ballot forums foundation members verifier webapp

.PHONY: setup dev run test check bench lock texts format

setup: $(SETUP) $(VENDOR) $(COMPILED)

$(SETUP): requirements.txt setup.cfg pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . 2>/dev/null \
		|| $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(DEV): $(SETUP) requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

node_modules/.made: package.json package-lock.json
	@npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

$(VENDOR): node_modules/.made bin/vendor.mjs
	@node bin/vendor.mjs
	@touch $@

translations/%.mo: translations/%.po $(SETUP)
	@$(BIN)/pybabel --quiet compile -i $< -o $@

dev: setup $(DEV)

run: setup
	@GRASROT_DEMO=1 GRASROT_PORT=$(PORT) $(BIN)/grasrot run

test: dev
	@bin/test

check: dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint templates

format: dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: dev
	@$(BIN)/python -m bench

# Translation catalogues: collect the texts and bring both languages up to date.
texts: dev
	@$(BIN)/pybabel --quiet extract -F babel.cfg -k lazy_gettext -k _l -k ngettext:1,2 --no-location --sort-output -o translations/messages.pot .
	@for language in nn en; do $(BIN)/pybabel --quiet update --no-fuzzy-matching -N -i translations/messages.pot -d translations -l $$language; done

# Lock files with hashes and without the address of any index.
lock:
	@for file in requirements requirements-dev; do \
		uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $$file.in -o $$file.txt; done
	@npm install --package-lock-only --silent --no-audit --no-fund
