# Each target sets up what it needs in .venv; outside this folder only the kernel cache is changed, and a Chromium is installed
# for the tests of the studio where there is none.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-all check bench screenshots clean

$(VENV)/demo: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "glassnet needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/test: $(VENV)/demo
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

$(VENV)/chromium: $(VENV)/test
	$(BIN)/python tests/studio/chromium.py
	touch $@

demo: $(VENV)/demo  ## Learn to read handwriting.
	$(BIN)/glassnet warmup
	$(BIN)/glassnet demo

test: $(VENV)/test $(VENV)/chromium  ## Run the tests.
	$(BIN)/ruff check .
	$(BIN)/python -m pytest

test-all: test  ## Run the tests, and once more with every index in every kernel checked.
	NUMBA_BOUNDSCHECK=1 $(BIN)/python -m pytest

check: $(VENV)/test  ## Look for mistakes and mend the layout of the code.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/chromium  ## Measure against the frameworks: installs them in .venv-bench, takes a while, wants a quiet machine.
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/requirements.txt --editable .
	.venv-bench/bin/python benchmarks/run.py
	.venv-bench/bin/python benchmarks/examples.py
	$(BIN)/python tests/studio/feel.py

screenshots: $(VENV)/chromium  ## Pictures of every page of the studio into docs/screenshots; Chinese ones need a Chinese font.
	fc-list :lang=zh | grep -q . || { test "$$(id -u)" = 0 && apt-get install -qq -y fonts-noto-cjk; } || echo "No Chinese font was found: install Noto Sans CJK."
	$(BIN)/python tests/studio/screenshots.py docs/screenshots

clean:
	rm -rf $(VENV) .venv-bench .pytest_cache .ruff_cache .hypothesis
