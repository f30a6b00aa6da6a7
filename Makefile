# Each target first makes .venv where it is missing or out of date; PYTHON=/path/to/python3.11 make repro chooses the
# interpreter (Python 3.10 to 3.12). Everything after "##" is what `make help` shows.
.PHONY: help setup repro release test-fast test test-slow test-nightly lint site bench results
.DEFAULT_GOAL := help
COVERAGE = --cov --cov-report=term

# dvc and the stages find the environment's own programs first.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/complete  ## make .venv with the pinned packages; mmcv compiles once
repro: setup  ## run the pipeline: half an hour on two CPU cores
	.venv/bin/dvc repro

release: setup  ## train the bundled models and write weights/: hours on two CPU cores
	.venv/bin/dvc exp run -S profile=release -S seg.fusion=add -S seg.layers.detail=true -S synthetic.label_errors=0 \
		-S synthetic.small_faces=0.15 -S synthetic.partial_faces=0.1 \
		-S train_crops.boxes=truth -S train_crops.jitter=0.1 -S crop.margin=0.05 train_segmenter@eanet_add
	.venv/bin/python -m tools.bundle

# Tests run side by side, on two cores one each: a second thread would only wait for the other test's.
test-fast test test-slow test-nightly: export OMP_NUM_THREADS = 1

test-fast: setup  ## run the unit tests: under three minutes on two CPU cores
	.venv/bin/python -m pytest -n 2 --dist loadscope -m "not slow and not dvc and not integration and not nightly"

test: setup  ## run the tests that take under a minute each, and print the coverage
	.venv/bin/python -m pytest -n 2 --dist loadscope -m "not slow and not nightly" $(COVERAGE)

# loadgroup gives out single tests, in their order.
test-slow: setup  ## run the tests that take over a minute each
	.venv/bin/python -m pytest -n 2 --dist loadgroup --durations=20 -m "slow and not nightly"

test-nightly: setup  ## run every command of the docs on the smallest data: an hour or more
	.venv/bin/python -m pytest -n 2 --dist loadgroup --durations=20 -m nightly

lint: setup  ## run ruff, mypy and codespell
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/codespell

site: setup  ## build the documentation into site/
	.venv/bin/mkdocs build --quiet

bench: setup  ## measure anew what takes minutes and no trained models
	.venv/bin/python -m tools.results training runtime steps memory prepare grabcut video

results: setup  ## list the pages of docs/results by age, then measure all anew: hours on two idle cores
	.venv/bin/python -m tools.results --check
	.venv/bin/python -m tools.results

.venv/complete: pyproject.toml constraints.txt setup.sh
	./setup.sh
