"""Training curves through DVCLive: losses, learning rate and val scores, identical for identical runs."""

import torch
from dvclive import Live
from mmengine import Config
from mmengine.registry import VISBACKENDS
from mmengine.visualization import DVCLiveVisBackend

from face_parsing.training.validation import SCORES


class _Curves(Live):
    """DVCLive without DVC, which would create a repository, or git-add the folder in an existing one."""

    def _init_dvc(self) -> None:
        self._save_dvc_exp = False


@VISBACKENDS.register_module()
class CurveBackend(DVCLiveVisBackend):
    """mmengine's DVCLive backend, without its DVC repository, experiment, artifact and dvc.yaml.

    It logs losses, the learning rate and val scores. It skips times and memory, so that the same training writes the
    same bytes.

    Args:
        save_dir: Folder for DVCLive's metrics.json and plots/metrics/*.tsv.
    """

    def __init__(self, save_dir: str):
        super().__init__(save_dir)

    def _init_env(self) -> None:
        # With resume, existing curves are continued.
        self._dvclive = _Curves(dir=self._save_dir, dvcyaml=None, resume=True)

    def add_config(self, config: Config, **kwargs) -> None:
        """Record nothing: params.yaml has the configuration."""

    def add_scalar(self, name: str, value: float | torch.Tensor, step: int = 0, **kwargs) -> None:
        """Record a scalar if it is a loss, the learning rate, or a val score."""
        if "loss" in name or name in ("lr", *SCORES):
            super().add_scalar(name, float(value), step, **kwargs)
            # Saved states hold the summary, so that it must be up to date at any moment.
            self.experiment.make_summary()

    def close(self) -> None:
        """Write the summary (metrics.json)."""
        self.experiment.end()
