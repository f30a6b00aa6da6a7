from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from face_parsing.core.schedules import Schedule, in_micro_steps

MINI = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))["profiles"]["mini"]["backbone"]
KEYS = Schedule.model_fields.keys()


def schedule(**changes) -> Schedule:
    return TypeAdapter(Schedule).validate_python({key: MINI[key] for key in KEYS} | changes)


@pytest.mark.parametrize(
    ("iterations", "epochs", "images", "steps"),
    [(70, None, 5, 70), (0, None, 5, 0), (None, 2, 40, 10), (None, 3, 21, 7), (None, 1, 3, 1)],
)
def test_a_training_is_as_long_as_its_iterations_or_its_epochs_of_whole_batches(iterations, epochs, images, steps):
    assert schedule(iterations=iterations, epochs=epochs, batch_size=8).steps(images) == steps


@pytest.mark.parametrize("both", [(10, 2), (None, None)])
def test_one_length_is_enough_and_needed(both):
    with pytest.raises(ValidationError, match="expected either iterations or epochs, and null for the other"):
        schedule(iterations=both[0], epochs=both[1])


def test_a_rate_in_shares_of_the_training_becomes_one_in_rounds():
    rate = dict(type="LinearLR", begin=0.1, end=1, T_max=0.9, milestones=[0.25, 0.5], gamma=0.1)
    expected = dict(type="LinearLR", begin=20, end=200, T_max=180, milestones=[50, 100], gamma=0.1)
    assert in_micro_steps(rate, 200) == expected
    assert in_micro_steps(dict(begin=0, end=0.02), 1) == dict(begin=0, end=1)
