"""A training set of two: labelled crops, and pseudo-labelled ones for a share of the draws."""

from pathlib import Path
from typing import Any

import numpy as np
from mmengine import Config
from mmengine.registry import DATASETS

import face_parsing.pseudo.unsure  # noqa: F401  # for its registration in mmseg's registry


@DATASETS.register_module()
class MixedDataset:
    """A labelled dataset in which a share of the draws are of another one.

    Which they are NumPy's generator says, as an augmentation would be drawn: so the batches are the same for any number
    of workers.

    Args:
        labelled: The config of a dataset, whose length is that of an epoch.
        pseudo: The config of the other one.
        share: Of the draws.
    """

    def __init__(self, labelled: Any, pseudo: Any, share: float):
        self.labelled, self.pseudo = DATASETS.build(labelled), DATASETS.build(pseudo)
        self.metainfo = getattr(self.labelled, "metainfo", {})
        self.share = share

    def __len__(self) -> int:
        return len(self.labelled)

    def __getitem__(self, index: int) -> Any:
        """The labelled item at an index, or one of the others at random."""
        if np.random.random() < self.share:
            return self.pseudo[np.random.randint(len(self.pseudo))]
        return self.labelled[index]


def mixed(config: Config, crops: Path, share: float) -> Config:
    """A training's config whose training set takes a share of its draws from the folder ``crops``."""
    labelled = config.train_dataloader.dataset
    of_crops = labelled.get("dataset", labelled)  # TwoMoments stands before it where masks of previous frames come in
    *transforms, pack = of_crops.pipeline
    pseudo = dict(of_crops, data_root=str(crops), pipeline=[*transforms, dict(type="IgnoreUnsure"), pack])
    if of_crops is not labelled:
        pseudo = dict(labelled, dataset=pseudo)
    config.train_dataloader.dataset = dict(type="MixedDataset", labelled=labelled, pseudo=pseudo, share=share)
    return config
