# `make repro` runs the pipeline, `make test` the tests, `make bench` the benchmarks of what is around the models; each
# first makes .venv where it is missing or out of date.
# PYTHON=/path/to/python3.11 make repro  chooses the interpreter (Python 3.10 to 3.12).
.PHONY: setup repro test bench

# dvc and the stages find the environment's own programs first.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

repro: setup
	.venv/bin/dvc repro

test: setup
	.venv/bin/python -m pytest

bench: setup
	.venv/bin/python -m tests.benchmarks.bench_result
	.venv/bin/python -m tests.benchmarks.bench_memory
	.venv/bin/python -m tests.benchmarks.bench_sources

setup: .venv/complete

.venv/complete: pyproject.toml constraints.txt setup.sh
	./setup.sh
