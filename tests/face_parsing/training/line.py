"""The smallest training, a line through points; it is a program too: python -m tests.face_parsing.training.line."""

import argparse
import os
import random
import signal
from pathlib import Path

import numpy as np
import torch
from mmengine import Config
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from torch.utils.data import TensorDataset

from face_parsing.checkpoints.model_file import save_model
from face_parsing.checkpoints.pretrained import Pretrained
from face_parsing.core.errors import PipelineError, run
from face_parsing.training.launching import group, launched
from face_parsing.training.parameters import Training
from face_parsing.training.runner import Plan, train

TRAINING = Training(gpus=1, precision="fp32", compile=False, deterministic=False, keep="last")


class LinePoints(TensorDataset):
    def __init__(self):
        x = torch.linspace(-1, 1, 64)[:, None]
        super().__init__(x, 3 * x + 1)


class NoisyPoints(LinePoints):
    """Augmented by both of the generators that transforms use."""

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x, y + 0.1 * float(np.random.randn()) + 0.1 * random.random()


class LineModel(BaseModel):
    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(1, 1)

    def forward(self, x, y, mode):
        errors = (self.line(x) - y).square()
        return list(errors) if mode == "predict" else {"loss": errors.mean(), "accuracy": torch.tensor(0.5)}


class Closeness(BaseMetric):
    """J, which is higher where the line lies nearer to the points."""

    def process(self, data_batch, data_samples):
        self.results += [float(error) for error in data_samples]

    def compute_metrics(self, results):
        return {"J": 1 / (1 + sum(results) / len(results))}


class DropoutModel(LineModel):
    """Draws from torch's generator in every step."""

    def forward(self, x, y, mode):
        return super().forward(torch.nn.functional.dropout(x, 0.2), y, mode)


class FailsInTheSecond(LineModel):
    def forward(self, x, y, mode):
        if torch.distributed.get_rank() == 1:
            raise RuntimeError("broken")
        return super().forward(x, y, mode)


class KilledInTheSecond(LineModel):
    def forward(self, x, y, mode):
        if os.environ["RANK"] == "1":
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().forward(x, y, mode)


class FailsForTheUser(LineModel):
    def forward(self, x, y, mode):
        raise PipelineError("points: wrong; expected right ones")


class StopsInTheThirdStep(LineModel):
    steps = 0

    def forward(self, x, y, mode):
        StopsInTheThirdStep.steps += 1
        if StopsInTheThirdStep.steps == 3:
            raise PipelineError("stopped")
        return super().forward(x, y, mode)


class TellsItsPoints(LineModel):
    def forward(self, x, y, mode):
        with open(f"points {os.environ['RANK']}", "a", encoding="utf-8") as file:
            file.writelines(f"{value}\n" for value in x[:, 0].tolist())
        return super().forward(x, y, mode)


def line_config(model: type[LineModel] = LineModel, points: type[LinePoints] = LinePoints) -> Config:
    return Config(
        dict(
            default_scope="mmengine",
            # Classes rather than their registered names, which another process would not know.
            model=dict(type=model),
            train_dataloader=dict(dataset=dict(type=points), batch_size=8, collate_fn=dict(type="default_collate")),
            val_dataloader=dict(
                dataset=dict(type=LinePoints),
                sampler=dict(type="DefaultSampler", shuffle=False),
                batch_size=8,
                collate_fn=dict(type="default_collate"),
            ),
            val_evaluator=dict(type=Closeness),
            val_score="J",
            optim_wrapper=dict(type="OptimWrapper", optimizer=dict(type="AdamW", lr=0.3)),
            param_scheduler=[dict(type="CosineAnnealingLR", T_max=60, by_epoch=False)],
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gpus", type=int, default=1)
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--model", default="LineModel")
    parser.add_argument("--points", default="LinePoints")
    parser.add_argument("--validations", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--pretrained", nargs="*", default=[])
    given = parser.parse_args()
    if launched(given.gpus):
        return
    with group() as rank:
        config = line_config(globals()[given.model], globals()[given.points])
        plan = Plan(given.iterations, seed=0, validations=given.validations, workers=given.workers)
        files = given.folder / "curves", given.folder / "state.pth"
        model = train(config, plan, TRAINING, *files, Pretrained(tuple(given.pretrained)))
        print("trained")
        if rank == 0:
            save_model(given.folder / "model.pth", model, ["line"])


if __name__ == "__main__":
    run(main)
