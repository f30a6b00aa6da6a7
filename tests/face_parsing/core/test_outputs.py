import pytest

from face_parsing.core.errors import PipelineError
from face_parsing.core.outputs import atomic_directory, atomic_file


def test_a_directory_appears_only_when_it_is_whole(tmp_path):
    path = tmp_path / "out"
    with atomic_directory(path) as folder:
        (folder / "a").write_text("1")
        assert not path.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert (path / "a").read_text() == "1"


def test_a_failure_leaves_the_earlier_directory_and_nothing_else(tmp_path):
    path = tmp_path / "out"
    with atomic_directory(path) as folder:
        (folder / "a").write_text("1")
    with pytest.raises(ZeroDivisionError), atomic_directory(path) as folder:
        (folder / "b").write_text("2")
        _ = 1 / 0
    assert [p.name for p in path.iterdir()] == ["a"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_what_an_interrupted_run_left_is_no_part_of_the_next(tmp_path):
    (tmp_path / ".out.partial").mkdir()
    (tmp_path / ".out.partial" / "stale").touch()
    with atomic_directory(tmp_path / "out") as folder:
        (folder / "a").touch()
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["a"]


def test_a_file_appears_only_when_it_is_whole(tmp_path):
    path = tmp_path / "made" / "out.json"
    with atomic_file(path) as partial:
        partial.write_text("1")
        assert not path.exists()
    with pytest.raises(ZeroDivisionError), atomic_file(path) as partial:
        partial.write_text("2")
        _ = 1 / 0
    assert path.read_text() == "1"
    assert [p.name for p in path.parent.iterdir()] == ["out.json"]


def test_what_cannot_be_written_is_one_line_and_leaves_nothing(tmp_path):
    (tmp_path / "file").touch()
    for whole in (atomic_file, atomic_directory):
        told = r"file/out: not written .*expected a writable folder with free space"
        with pytest.raises(PipelineError, match=told), whole(tmp_path / "file" / "out"):
            pass
        told = r"a\.csv: not written \(\[Errno 28\] No space left on device"
        with pytest.raises(PipelineError, match=told), whole(tmp_path / "a.csv"):
            raise OSError(28, "No space left on device")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("whole", [atomic_file, atomic_directory])
@pytest.mark.parametrize(
    "error",
    [
        OSError("Cannot save file into a non-existent directory: 'tables'"),
        FileNotFoundError(2, "No such file or directory", "input.png"),
        PermissionError(13, "Permission denied", "input.png"),
        IsADirectoryError(21, "Is a directory", "input.png"),
        PermissionError(13, "Permission denied", 5),
        OSError(36, "File name too long"),
    ],
)
def test_an_error_that_neither_space_nor_permission_helps_is_one_line_that_asks_for_neither(tmp_path, whole, error):
    with pytest.raises(PipelineError) as caught, whole(tmp_path / "out"):
        raise error
    message = str(caught.value)
    assert message.startswith(f"{tmp_path}/out: {type(error).__name__}: {error} (with --debug, or ")
    assert "not written" not in message and "\n" not in message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("whole", [atomic_file, atomic_directory])
@pytest.mark.parametrize("number", [13, 27, 28, 30, 122])  # denied, too large, disk full, read-only, over quota
def test_an_output_that_is_denied_or_has_no_space_is_asked_for_with_a_writable_folder(tmp_path, whole, number):
    expected = r"out: not written \(\[Errno \d+\] .*; expected a writable folder with free space$"
    with pytest.raises(PipelineError, match=expected), whole(tmp_path / "out") as partial:
        raise OSError(number, "the system's words", str(partial))
    with pytest.raises(PipelineError, match=expected), whole(tmp_path / "out"):
        raise OSError(number, "the system's words")


def test_an_error_of_no_file_passes_unchanged(tmp_path):
    for whole in (atomic_file, atomic_directory):
        with pytest.raises(KeyError), whole(tmp_path / "out"):
            raise KeyError("a")
