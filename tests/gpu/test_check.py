"""tests.gpu.check without a GPU: some of its stages rehearsed with few steps."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gpu import check


def lines_of(monkeypatch, capsys, *words: object) -> tuple[object, list[str]]:
    """The exit code and the lines of the program, run in this process."""
    monkeypatch.setattr(sys, "argv", ["check", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        check.main()
    return ended.value.code, capsys.readouterr().out.splitlines()


def facts_of(lines: list[str], stage: str) -> dict:
    """All facts that a stage printed."""
    start = next(number for number, line in enumerate(lines) if line.startswith(f"== {stage}: ")) + 1
    facts: dict = {}
    for line in lines[start:]:
        if not line.startswith("{"):
            return facts
        facts |= json.loads(line)
    return facts


@pytest.mark.integration
def test_stages_tell_their_facts_and_one_past_its_limit_is_cut_off(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(check.STAGES, "kernels", 0.2)
    words = ["--rehearse", "--profile", "mini", "--only", "machine,kernels,train:segmenter,syncs:segmenter"]
    code, lines = lines_of(monkeypatch, capsys, tmp_path, 120, *words)
    assert code == 1
    assert lines[-2:] == ["ended well: machine, train:segmenter, syncs:segmenter", "cut off: kernels"]
    assert {"cores", "written_mb_s", "launch_us", "matmul_tflop_s", "copy_tb_s"} <= facts_of(lines, "machine").keys()
    assert {"step_s", "of_it_wait_s", "saved_mb", "seconds", "whole_s"} <= facts_of(lines, "train:segmenter").keys()
    assert facts_of(lines, "syncs:segmenter")["skipped"] == "syncs:segmenter, which takes CUDA"
    assert {"machine.log", "kernels.log", "train_segmenter.log"} <= {path.name for path in tmp_path.iterdir()}


def test_stages_without_time_are_told_and_not_started(tmp_path, monkeypatch, capsys):
    code, lines = lines_of(monkeypatch, capsys, tmp_path, check.LEAST - 1, "--rehearse", "--only", "cold,tests")
    assert (code, lines) == (0, ["no time for: cold:0, cold:10, cold:3, tests"])


def test_of_a_stall_the_innermost_calls_are_shown():
    stack = ["Thread 0x01 (most recent call first):", *(f"  File {number}" for number in range(40))]
    assert check.last_words([*stack, *stack], check.CUT_OFF) == stack[: check.LAST_LINES]
    assert check.last_words([*stack, "ValueError"], "failed with 1")[-1] == "ValueError"


def test_without_a_gpu_it_says_so_in_a_line(tmp_path):
    command = [sys.executable, "-m", "tests.gpu.check", str(tmp_path / "out")]
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": ""}
    outcome = subprocess.run(command, cwd=check.ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stdout) == (1, "")
    assert outcome.stderr == "no GPU: nothing was measured; --rehearse runs the stages on the CPU\n"


def test_every_stage_has_a_function():
    assert [stage for stage in check.STAGES if not hasattr(check.module_of(stage), stage.partition(":")[0])] == []


def test_run_sh_names_every_stage():
    text = (Path(__file__).parent / "run.sh").read_text()
    named = ",".join(re.findall(r"(?:--only |stages=)([a-z][a-z,]+)", text)).split(",")
    assert set(named) == {stage.partition(":")[0] for stage in check.STAGES}
