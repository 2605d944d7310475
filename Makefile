# Everything starts here: `make demo` shows what Clew does, `make test` proves that it does it.
# Nothing else is done by hand. See README.md.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup demo desk-demo check test test-all benchmarks reference clean

setup: $(VENV)/.runs

$(VENV)/.runs: pyproject.toml constraints.txt
	scripts/make-venv "$(PYTHON)" "$(VENV)"
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[desk]'
	$(BIN)/clew warm
	@echo "Not installed: what clew resolve needs, and what --engine spark needs. To add them:"
	@echo "  $(BIN)/pip install -c constraints.txt -e '.[entities]'"
	@echo "  $(BIN)/pip install -c constraints.txt -e '.[spark]'   (and Java 17)"
	touch $@

$(VENV)/.tests: $(VENV)/.runs
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	scripts/system-needs chromium libatomic1 openjdk-17-jre-headless postgresql \
	  libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
	  qpdf poppler-utils tesseract-ocr
	touch $@

demo: setup
	$(BIN)/clew demo --out clew-demo

desk-demo: setup
	$(BIN)/clew desk demo --home clew-desk-demo

check: $(VENV)/.tests
	scripts/check

test: $(VENV)/.tests
	scripts/check
	scripts/test

test-all: $(VENV)/.tests
	scripts/check
	scripts/test all

benchmarks: $(VENV)/.tests
	$(BIN)/python benchmarks/run.py

reference: setup
	$(BIN)/python scripts/make-reference.py

clean:
	rm -rf $(VENV) clew-demo clew-desk-demo clew-out build src/*.egg-info
