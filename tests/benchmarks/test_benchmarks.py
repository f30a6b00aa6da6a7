"""Each benchmark at its smallest size: it runs to its end and prints every line. No test asserts a time."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import pytest
import torch
from joblib.externals.loky import get_reusable_executor

from tests.benchmarks import (
    bench_cluster,
    bench_flicker,
    bench_grabcut,
    bench_growth,
    bench_inputs,
    bench_memory,
    bench_predict,
    bench_result,
    bench_runtime,
    bench_sources,
    bench_training,
)
from tests.repositories import ROOT

pytestmark = pytest.mark.integration

NUMBER = r"-?\d+(\.\d+)?"


@pytest.fixture(autouse=True)
def settings_restored() -> Iterator[None]:
    """The benchmarks set the number of threads of the whole process."""
    opencv, ours = cv2.getNumThreads(), torch.get_num_threads()
    yield
    cv2.setNumThreads(opencv)
    torch.set_num_threads(ours)


@pytest.fixture
def printed(monkeypatch, capsys) -> Callable[..., list[str]]:
    """Run a benchmark's main in a folder and return the lines that it printed, each number as #."""

    def run(main: Callable[[], None], folder: Path, *words: str, **sizes: object) -> list[str]:
        monkeypatch.chdir(folder)
        get_reusable_executor().shutdown()  # joblib's workers would stay in the last test's folder
        monkeypatch.setattr(sys, "argv", ["benchmark", *words])
        for name, size in sizes.items():
            assert hasattr(sys.modules[main.__module__], name)
            monkeypatch.setattr(sys.modules[main.__module__], name, size)
        capsys.readouterr()
        main()
        return [" ".join(re.sub(NUMBER, "#", line).split()) for line in capsys.readouterr().out.splitlines()]

    return run


def test_result(printed):
    lines = printed(bench_result.main, ROOT, REPEATS=1, SLOW_REPEATS=1, BATCH=1)
    scores = ["coarsened", "shifted by (#, #)", "shifted by (#, #)", "unrelated"]
    ways = [*(f"score, {name}" for name in scores), "vote of three", "GrabCut, all classes", "GrabCut, # classes"]
    assert lines == [f"{way} # frames/s against #: # times as fast" for way in [*ways, "segment"]]


def test_grabcut(printed):
    lines = printed(bench_grabcut.main, ROOT, CLIPS=1, FRAMES=1)
    titles = [f"{way}, {of}" for way in ("nearest", "smooth", "bent") for of in ("all classes", "params.yaml's")]
    assert [line.partition(" J ")[0] for line in lines] == titles
    by_class = r"J \+?# F \+?# points; by class J/F: (\w+ \+?#/\+?#(, )?){17}"
    assert all(re.search(rf" {by_class}$", line) for line in lines)


def test_memory(printed):
    lines = printed(bench_memory.main, ROOT, FEW=1, MANY=2)
    expected = "# MiB for # clips, # MiB for #: # times"
    assert lines == [f"{stage} {expected}" for stage in ("ensemble", "refine", "score")]


def test_sources(printed, monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", str(os.cpu_count()))  # which the benchmark changes
    lines = printed(bench_sources.main, ROOT, STILLS=200)
    assert lines == ["# stills, # workers: # a second, # MiB"] * 3


def test_flicker(printed):
    lines = printed(bench_flicker.main, ROOT, FRAMES=2, PREDICT_FRAMES=2, TURNS=1)
    speed = "# frames/s, # of its speed without"
    assert lines[-7:] == [  # mmdet may print of optional packages first
        *["measures of #: # ms a frame, # predicted frames/s"] * 2,
        *(f"temporal smoothing, {mode}, a face of # pixels: # ms a frame" for mode in ("causal", "both")),
        *(f"predict, temporal_smoothing {mode}: {speed}" for mode in ("none", "causal", "both")),
    ]


@pytest.mark.slow
def test_training(printed, reproduced):
    lines = printed(bench_training.main, reproduced, CROPS=2, SHORT=1, LONG=2, TURNS=1)
    assert [re.sub(", the GPU at #%", "", line).replace("of the GPU", "per process") for line in lines] == [
        "ours: # images/s, # GiB per process",
        "mmseg: # images/s, # GiB per process",
        "training, mini eanet_cat, batch #: # times as fast as mmseg's Runner",
    ]


def test_cluster(printed, reproduced):
    lines = printed(bench_cluster.main, reproduced, "--turns", "1", "boxes")
    ways = "joblib, #: # s, Dask, #: # s, Dask, #: # s"
    assert lines == [f"boxes: {ways}; two workers # times as fast as one, # of joblib's time"]


def test_inputs(printed, reproduced):
    lines = printed(bench_inputs.main, reproduced, "--count", "8", BROKEN=2, PAUSE=0.05)
    memory = ", ".join("#" * 10)
    assert lines == [
        f"sound # pictures/s, # results, MiB: [{memory}]",
        f"#% broken # pictures/s, # results, MiB: [{memory}]",
        "with broken ones # of the rate without",
    ]


@pytest.mark.slow
def test_runtime(printed):
    lines = printed(bench_runtime.main, ROOT, "--count", "2", STARTS=1)
    assert "| the bundled models, onnxruntime | # | # | # |" in lines
    assert "| BiSeNet-ResNet#, a crop of # | | | # |" in lines
    assert lines[-1] == "`import face_parsing`: # s"


@pytest.mark.slow
def test_predict(printed, exported):
    lines = printed(bench_predict.main, exported, NUM_CLIPS=1, REPEATS=1)
    ways = ("mmdet and mmseg", "torch", "onnx")
    assert lines[-3:] == [f"{way} # frames/s, # times; #% of the pixels as by torch" for way in ways]


@pytest.mark.slow
def test_growth(printed, monkeypatch):
    # One number of clips is run, and stands for the second.
    run_costs, taken = bench_growth.costs, []
    monkeypatch.setattr(bench_growth, "costs", lambda *task: (taken or taken.append(run_costs(*task)) or taken)[0])
    lines = printed(bench_growth.main, ROOT, "--clips", "10", "20", RENDERED=2)
    runs = ["dvc repro, beside the stages", "dvc repro, nothing to do", "dvc status"]
    assert [line for line in lines if line.startswith("# clips, ")] == [f"# clips, {run}: # s, # MiB" for run in runs]
    header, rule, *rows = [line for line in lines if line.startswith("|")]
    assert header == "| | s: # | # | # | MiB: # | # | # |" and rule == "|---" * 7 + "|"
    assert all(re.fullmatch(r"\| [^|]+( \| #){6} \|", row) for row in rows)
    names = [row.split(" | ")[0].removeprefix("| ") for row in rows]
    assert names[-3:] == runs and {"check", "prepare", "ensemble", "report"} <= set(names)
