# `make repro` runs the pipeline, `make test` the tests, `make test-slow` those that take over a minute each, `make bench`
# the benchmarks, the last of which takes trained models; each first makes .venv where it is missing or out of date.
# PYTHON=/path/to/python3.11 make repro  chooses the interpreter (Python 3.10 to 3.12).
.PHONY: setup repro test test-slow bench

# dvc and the stages find the environment's own programs first.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

repro: setup
	.venv/bin/dvc repro

test: setup
	.venv/bin/python -m pytest -n 2 --dist loadscope -m "not slow"

test-slow: setup
	.venv/bin/python -m pytest -m slow

bench: setup
	.venv/bin/python -m tests.benchmarks.bench_result
	.venv/bin/python -m tests.benchmarks.bench_memory
	.venv/bin/python -m tests.benchmarks.bench_sources
	.venv/bin/face-parsing export
	.venv/bin/python -m tests.benchmarks.bench_predict

setup: .venv/complete

.venv/complete: pyproject.toml constraints.txt setup.sh
	./setup.sh
