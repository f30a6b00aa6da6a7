"""The published recipe as one command: every stage with its own configs, scaled down by documented parameters alone."""

import pytest
import torch

from face_parsing.clips.face_table import read_faces
from face_parsing.core.model_names import MODEL_NAMES, PREDICTIONS
from tests.repositories import SMALLEST_OF_A_PROFILE, commit, new_repository, out_of_date, succeed

pytestmark = pytest.mark.dvc

SCALED = SMALLEST_OF_A_PROFILE | {
    "clips.count": {"train": 2, "val": 1, "test": 1},
    "clips.frames": {"train": 1, "val": 1, "test": 2},
    "detector.pretrained": None,  # there is no network
    "detector.iterations": None,
    "detector.epochs": 1,
    "detector.validations": 1,
    "backbone.iterations": 0,
    "segmenter.pretrained": None,
    "segmenter.iterations": None,
    "segmenter.epochs": 1,
    "segmenter.validations": 1,
}


@pytest.mark.slow
@pytest.mark.longest
def test_the_published_recipe_is_one_command(tmp_path):
    parameters = {f"profiles.paper.{key}": value for key, value in SCALED.items()}
    project = new_repository(tmp_path, parameters)
    commit(project, "A small recipe")
    log = succeed(project, "dvc", "exp", "run", "-S", "profile=paper")
    assert "profile paper: " in log
    assert out_of_date(project) == set()
    sizes = {
        name: sum(weights.numel() for weights in torch.load(project / f"models/{name}.pth")["state_dict"].values())
        for name in MODEL_NAMES
    }
    assert all(size > 70e6 for size in sizes.values())  # HRNet-W48 and its heads
    faces = read_faces(project / "data/faces.csv")
    assert len(faces.groupby(["clip", "frame"])) == 5  # of all three splits
    assert all((project / f"data/predictions/{name}").is_dir() for name in PREDICTIONS)
    assert (project / "report/index.html").is_file()
