# `make repro` runs the pipeline, `make test` the tests; both first make .venv where it is missing or out of date.
# PYTHON=/path/to/python3.11 make repro  chooses the interpreter (Python 3.10 to 3.12).
.PHONY: setup repro test

# dvc and the stages find the environment's own programs first.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

repro: setup
	.venv/bin/dvc repro

test: setup
	.venv/bin/python -m pytest

setup: .venv/complete

.venv/complete: pyproject.toml constraints.txt setup.sh
	./setup.sh
