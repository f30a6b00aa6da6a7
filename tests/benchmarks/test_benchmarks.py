"""Each benchmark at its smallest size: it prints its whole table and nothing else. No test asserts a time."""

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
    header, rule, *lines = printed(bench_result.main, ROOT, REPEATS=1, SLOW_REPEATS=1, BATCH=1)
    scores = ["coarsened", "shifted by (#, #)", "shifted by (#, #)", "unrelated"]
    ways = [*(f"score, {name}" for name in scores), "vote of three", "GrabCut, all classes", "GrabCut, # classes"]
    assert header == "| step | frames/s | straightforward, frames/s | ratio |" and rule == "|---" * 4 + "|"
    assert lines == [f"| {way} | # | # | # |" for way in [*ways, "segment"]]


def test_grabcut(printed):
    lines = printed(bench_grabcut.main, ROOT, CLIPS=1, FRAMES=1)
    header, rule, *rows = lines
    ways = [f"{way}, {of}" for way in ("nearest", "smooth", "bent") for of in ("all classes", "params.yaml's")]
    assert header == f"| gain in J, F, points | {' | '.join(ways)} |" and rule == "|---" * 7 + "|"
    assert len(rows) == 18 and rows[0].startswith("| all ")
    assert all(re.fullmatch(r"\| \w+ (\| \+?#, \+?# ){6}\|", row) for row in rows)


def test_memory(printed):
    lines = printed(bench_memory.main, ROOT, FEW=1, MANY=2)
    header = ["| stage | # clips, MiB | # clips, MiB | ratio |", "|---|---|---|---|"]
    assert lines == [*header, *(f"| {stage} | # | # | # |" for stage in ("ensemble", "refine", "score"))]


def test_sources(printed, monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", str(os.cpu_count()))  # which the benchmark changes
    lines = printed(bench_sources.main, ROOT, STILLS=200)
    assert lines == ["| stills | workers | stills/s | memory, MiB |", "|---|---|---|---|", *["| # | # | # | # |"] * 3]


def test_flicker(printed):
    lines = printed(bench_flicker.main, ROOT, FRAMES=2, PREDICT_FRAMES=2, TURNS=1)
    assert lines == [
        *["| | ms a frame |", "|---|---|"],
        *(f"| all measures of {title} | # |" for title in ("one prediction", "five predictions")),
        *(f"| temporal smoothing, {mode} | # |" for mode in ("causal", "both")),
        *["", "| predict | frames/s | of its speed without |", "|---|---|---|"],
        *(f"| temporal smoothing, {mode} | # | # |" for mode in ("none", "causal", "both")),
    ]


@pytest.mark.slow
def test_training(printed, reproduced):
    lines = printed(bench_training.main, reproduced, CROPS=2, SHORT=1, LONG=2, TURNS=1)
    header, rule, *rows = lines
    assert header == "| mini eanet_cat, batch # | images/s | ratio | memory | use of the GPU |"
    assert rule == "|---" * 5 + "|"
    shown = [row.replace("#% |", "|").replace("# GiB of the GPU", "# GiB per process") for row in rows]
    assert shown == [f"| {way} | # | # | # GiB per process | |" for way in ("ours", "mmseg")]


def test_cluster(printed, reproduced):
    lines = printed(bench_cluster.main, reproduced, "--turns", "1", "boxes")
    ways = "joblib, s | one worker, s | two workers, s"
    header = f"| stage | {ways} | speed-up by the second worker | two workers' time over joblib's |"
    assert lines == [header, "|---" * 6 + "|", "| boxes | # | # | # | # | # |"]


def test_inputs(printed, reproduced):
    lines = printed(bench_inputs.main, reproduced, "--count", "8", BROKEN=2, PAUSE=0.05)
    memory = ", ".join("#" * 10)
    assert lines == [
        "| # pictures | pictures/s | results | MiB in tenths of the time |",
        "|---|---|---|---|",
        f"| sound | # | # | {memory} |",
        f"| #% broken | # | # | {memory} |",
        "",
        "With broken pictures it has # of the rate without.",
    ]


@pytest.mark.slow
def test_runtime(printed, tmp_path):
    python = tmp_path / "python"  # stands for an environment with mediapipe
    python.write_text('#!/bin/sh\nls "$3" | grep -c png | sed "s/^/7.5 /"\n')
    python.chmod(0o755)
    lines = printed(bench_runtime.main, ROOT, "--count", "2", "--mediapipe", str(python), STARTS=1)
    assert lines == [
        *["| | start, s | memory, MB | images/s |", "|---|---|---|---|"],
        "| the bundled models, onnxruntime | # | # | # |",
        "| BiSeNet-ResNet#, a crop of # | | | # |",
        "| MediaPipe's face mesh, points in # of # | | | # |",
        *["", "`import face_parsing`: # s"],
    ]


@pytest.mark.slow
def test_predict(printed, exported):
    lines = printed(bench_predict.main, exported, NUM_CLIPS=1, REPEATS=1)
    ways = ("mmdet and mmseg", "torch", "onnx")
    header = ["| | frames/s | ratio | pixels as by torch |", "|---|---|---|---|"]
    assert lines == [*header, *(f"| {way} | # | # | #% |" for way in ways)]


@pytest.mark.slow
def test_growth(printed, monkeypatch):
    # One number of clips is run, and stands for the second.
    run_costs, taken = bench_growth.costs, []
    monkeypatch.setattr(bench_growth, "costs", lambda *task: (taken or taken.append(run_costs(*task)) or taken)[0])
    header, rule, *rows = printed(bench_growth.main, ROOT, "--clips", "10", "20", RENDERED=2)
    runs = ["dvc repro, beside the stages", "dvc repro, nothing to do", "dvc status"]
    assert header == "| | s: # | # | # | MiB: # | # | # |" and rule == "|---" * 7 + "|"
    assert all(re.fullmatch(r"\| [^|]+( \| #){6} \|", row) for row in rows)
    names = [row.split(" | ")[0].removeprefix("| ") for row in rows]
    assert names[-3:] == runs and {"check", "prepare", "ensemble", "report"} <= set(names)
