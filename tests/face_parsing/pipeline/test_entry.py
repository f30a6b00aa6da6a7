import pytest

from face_parsing.pipeline.entry import UserError, run


def test_a_users_mistake_is_one_line_and_exit_code_one():
    def main() -> None:
        raise UserError("data/a.png: missing; expected a label map")

    with pytest.raises(SystemExit) as stopped:
        run(main)
    assert stopped.value.code == "error: data/a.png: missing; expected a label map"  # sys.exit prints it and exits 1


def test_our_own_mistakes_stay_visible():
    def main() -> None:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        run(main)
