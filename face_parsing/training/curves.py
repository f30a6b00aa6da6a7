"""Training curves through DVCLive: losses, rate and val scores, and nothing that differs between two equal runs."""

import torch
from dvclive import Live
from mmengine import Config
from mmengine.registry import VISBACKENDS
from mmengine.visualization import DVCLiveVisBackend

from face_parsing.training.validation import SCORES


class _Curves(Live):
    """DVCLive without DVC: it would make a repository where there is none, and git-add its folder where there is."""

    def _init_dvc(self) -> None:
        self._save_dvc_exp = False


@VISBACKENDS.register_module()
class CurveBackend(DVCLiveVisBackend):
    """mmengine's DVCLive backend that only records: it makes no DVC repository, experiment, artifact or dvc.yaml.

    Logs the scalars whose name holds ``loss``, ``lr``, and those of validations. Times and memory are left out, so that
    the same training writes the same bytes.

    Args:
        save_dir: the folder for DVCLive's metrics.json and plots/metrics/*.tsv.
    """

    def __init__(self, save_dir: str):
        super().__init__(save_dir)

    def _init_env(self) -> None:
        # With resume, curves that are there are gone on with.
        self._dvclive = _Curves(dir=self._save_dir, dvcyaml=None, resume=True)

    def add_config(self, config: Config, **kwargs) -> None:
        """Nothing to record: params.yaml has it."""

    def add_scalar(self, name: str, value: float | torch.Tensor, step: int = 0, **kwargs) -> None:
        """Record one scalar if it is a loss, the learning rate, or a score of the val split."""
        if "loss" in name or name in ("lr", *SCORES):
            super().add_scalar(name, float(value), step, **kwargs)
            # The summary too is whole at every moment, for a training that is interrupted to go on with it.
            self.experiment.make_summary()

    def close(self) -> None:
        """Write the summary (metrics.json)."""
        self.experiment.end()
