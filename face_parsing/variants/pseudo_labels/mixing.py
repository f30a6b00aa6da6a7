"""A training set that mixes labelled crops with a share of pseudo-labelled ones."""

from pathlib import Path
from typing import Any

import numpy as np
from mmengine import Config
from mmengine.registry import DATASETS

import face_parsing.variants.pseudo_labels.unsure  # noqa: F401  # for its registration in mmseg's registry


@DATASETS.register_module()
class MixedDataset:
    """A labelled dataset that takes a share of its draws from a second dataset.

    NumPy's generator selects these draws, as it draws augmentations. So batches do not depend on the number of workers.

    Args:
        labelled: Config of the labelled dataset, whose length is that of an epoch.
        pseudo: Config of the second dataset.
        share: Share of the draws from the second dataset.
    """

    def __init__(self, labelled: Any, pseudo: Any, share: float):
        self.labelled, self.pseudo = DATASETS.build(labelled), DATASETS.build(pseudo)
        self.metainfo = getattr(self.labelled, "metainfo", {})
        self.share = share

    def __len__(self) -> int:
        return len(self.labelled)

    def __getitem__(self, index: int) -> Any:
        """The labelled item at an index, or a random item of the second dataset."""
        if np.random.random() < self.share:
            return self.pseudo[np.random.randint(len(self.pseudo))]
        return self.labelled[index]


def with_pseudo_labels(config: Config, crops: Path, share: float) -> Config:
    """Change a training's config so that a share of its draws comes from the folder ``crops``."""
    labelled = config.train_dataloader.dataset
    crop_dataset = labelled.get("dataset", labelled)  # with mask propagation, FramePairs wraps it
    *transforms, pack = crop_dataset.pipeline
    pseudo = dict(crop_dataset, data_root=str(crops), pipeline=[*transforms, dict(type="IgnoreUnsure"), pack])
    if crop_dataset is not labelled:
        pseudo = dict(labelled, dataset=pseudo)
    config.train_dataloader.dataset = dict(type="MixedDataset", labelled=labelled, pseudo=pseudo, share=share)
    return config
