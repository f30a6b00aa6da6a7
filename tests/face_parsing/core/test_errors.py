import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from face_parsing.core.errors import PipelineError, error_context, run


def test_a_users_mistake_is_one_line_and_exit_code_one():
    def main() -> None:
        raise PipelineError("data/a.png: missing; expected a label map")

    with pytest.raises(SystemExit) as stopped:
        run(main)
    assert stopped.value.code == "error: data/a.png: missing; expected a label map"  # sys.exit prints it and exits 1


def test_our_own_mistakes_stay_visible():
    def main() -> None:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        run(main)


def test_the_systems_faults_are_one_line():
    with pytest.raises(SystemExit) as stopped:
        run(lambda: Path("none/at/all").read_text())
    assert stopped.value.code == "error: [Errno 2] No such file or directory: 'none/at/all'"


def test_what_a_terminal_would_not_print_is_escaped():
    assert str(PipelineError("a\nb\x1b[2J\udcff.png: é", "c")) == "a\\nb\\x1b[2J\\udcff.png: é\nc"
    assert str(pickle.loads(pickle.dumps(PipelineError("a", "b")))) == "a\nb"  # on its way from a worker


def test_a_fault_of_any_kind_names_what_was_worked_on():
    told = r"^clip a, frame 3: ZeroDivisionError: division by zero \(with --debug, or "
    with pytest.raises(PipelineError, match=told), error_context("clip a, frame 3"):
        _ = 1 / 0
    with pytest.raises(PipelineError, match=r"^b\.png: missing$"), error_context("clip a"):
        raise PipelineError("b.png: missing")


@pytest.mark.parametrize("asked", [False, True])
def test_the_traceback_is_shown_where_it_is_asked_for(monkeypatch, capsys, asked):
    if asked:
        monkeypatch.setenv("FACE_PARSING_DEBUG", "1")

    def main() -> None:
        with error_context("frame 3"):
            _ = 1 / 0

    with pytest.raises(SystemExit):
        run(main)
    assert ("Traceback" in capsys.readouterr().err) == asked


def test_nobody_reading_on_is_no_fault():
    code = "from face_parsing.core.errors import run; run(lambda: [print('word ' * 1000) for _ in range(1000)])"
    ours = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    ours.stdout.read(10)
    ours.stdout.close()
    assert ours.stderr.read() == b"" and ours.wait() == 1
