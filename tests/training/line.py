"""The smallest training: a line through points."""

import torch
from mmengine import Config
from mmengine.model import BaseModel
from torch.utils.data import TensorDataset


class LinePoints(TensorDataset):
    def __init__(self):
        x = torch.linspace(-1, 1, 64)[:, None]
        super().__init__(x, 3 * x + 1)


class LineModel(BaseModel):
    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(1, 1)

    def forward(self, x, y, mode):
        return {"loss": (self.line(x) - y).square().mean(), "accuracy": torch.tensor(0.5)}


def line_config(model: type[LineModel] = LineModel) -> Config:
    return Config(
        dict(
            default_scope="mmengine",
            # Classes rather than their registered names, which a process that is spawned would not know.
            model=dict(type=model),
            train_dataloader=dict(
                dataset=dict(type=LinePoints),
                sampler=dict(type="InfiniteSampler", shuffle=True),
                batch_size=8,
                num_workers=0,
                collate_fn=dict(type="default_collate"),
            ),
            optim_wrapper=dict(optimizer=dict(type="SGD", lr=0.3)),
            param_scheduler=[dict(type="CosineAnnealingLR", T_max=60, by_epoch=False)],
        )
    )
