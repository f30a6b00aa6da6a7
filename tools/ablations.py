"""The ablations: python -m tools.ablations queue, then dvc queue start, then python -m tools.ablations table."""

import argparse
import json
import subprocess
import tempfile
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pandas as pd
from dvc.api import DVCFileSystem
from dvc.exceptions import DvcException

from face_parsing.app.score import score_prediction
from face_parsing.evaluation.parameters import Score
from face_parsing.pipeline.entry import UserError, run
from face_parsing.pipeline.models import Model
from face_parsing.pipeline.reading import read
from stages.score import CLIPS, FOLDERS, LABELS

SEEDS = (0, 1, 2)  # of the models' training: the backbone is the default one, or a row's own
SCHEDULE = ("profiles.mini.backbone.iterations=1600", "profiles.mini.segmenter.iterations=200")


@dataclass(frozen=True)
class Ablation:
    """A variant: what the table calls it, the model, and the parameters that it sets."""

    title: str
    model: Model = "eanet_cat"
    changes: tuple[str, ...] = ()


ABLATIONS = {
    "eanet_cat": Ablation("EANet-Cat"),
    "eanet_add": Ablation("EANet-Add", "eanet_add"),
    "ocrnet": Ablation("OCRNet", "ocrnet"),
    "no-edge-loss": Ablation("without edge loss", changes=("seg.train.loss.edge=0",)),
    "no-attention": Ablation("without edge attention", changes=("seg.train.loss.attention=0",)),
    "no-dense-layers": Ablation("without dense layers", changes=("seg.layers.dense_layers=false",)),
    "no-detail": Ablation("without the decoder at half resolution", changes=("seg.layers.detail=false",)),
    "no-lovasz": Ablation("without Lovasz", changes=("seg.pretrain.lovasz=0", "seg.train.loss.lovasz=0")),
    "no-swap": Ablation("flip without swap", changes=("seg.augment.swap=false",)),
    "no-partial": Ablation("no partial crops", changes=("seg.augment.partial=0",)),
    "no-label-errors": Ablation("no wrong train masks", changes=("synthetic.label_errors=0",)),
    "labels-resized": Ablation("argmax before resizing", changes=("seg.test.resize=labels",)),
    "no-flip": Ablation("without the mirror image at test time", changes=("seg.test.flip=false",)),
    "no-adjustment": Ablation(
        "without the logit adjustment", changes=("profiles.mini.test.segment.logit_adjustment=0",)
    ),
    "test-as-train": Ablation("test size = train size, 128", changes=("profiles.mini.test.segment.crop_size=128",)),
}
REFERENCE = "eanet_cat"


def main() -> None:
    """Queue the experiments, or print what came of them."""
    parser = argparse.ArgumentParser(prog="python -m tools.ablations", description=__doc__)
    parser.add_argument("do", choices=("queue", "table"))
    if parser.parse_args().do == "queue":
        queue()
    else:
        print(table(scores()))


def queue() -> None:
    """Queue a named DVC experiment for every ablation and seed; each ends with its model's predictions."""
    # Seed after seed, so that of two that run at once none trains a backbone which the other trains too.
    for seed in SEEDS:
        for name, ablation in ABLATIONS.items():
            changes = (*SCHEDULE, f"seg.train.seed={seed}", *ablation.changes)
            settings = [word for change in changes for word in ("-S", change)]
            command = ["dvc", "exp", "run", "--queue", "--name", f"{name}-{seed}", *settings]
            subprocess.run([*command, f"segment@{ablation.model}"], check=True)


def scores() -> pd.DataFrame:
    """The scores of every experiment's predictions, a row each, indexed by ablation and seed.

    Raises:
        UserError: an experiment is missing.
    """
    rows = {(name, seed): _scores_of(name, seed) for name in ABLATIONS for seed in SEEDS}
    return pd.DataFrame(rows).T


def table(of_runs: pd.DataFrame) -> str:
    """A Markdown table: mean and standard deviation over seeds, and of JF what a change gains with the same seed.

    Args:
        of_runs: JF, J_mean and F_mean, indexed by ablation and seed.
    """
    lines = ["| | JF | J_mean | F_mean | change of JF |", "|---|---|---|---|---|"]
    for name, ablation in ABLATIONS.items():
        own = of_runs.loc[name]
        figures = [f"{own[key].mean():.3f} ± {own[key].std():.3f}" for key in ("JF", "J_mean", "F_mean")]
        gain = own["JF"] - of_runs.loc[REFERENCE, "JF"]
        figures.append("" if name == REFERENCE else f"{gain.mean():+.3f} ± {gain.std():.3f}")
        lines.append(f"| {' | '.join((ablation.title, *figures))} |")
    return "\n".join(lines)


def _scores_of(name: str, seed: int) -> dict[str, float]:
    model = ABLATIONS[name].model
    with tempfile.TemporaryDirectory() as scratch:
        prediction, numbers = Path(scratch) / model, Path(scratch) / "scores.json"
        try:
            DVCFileSystem(rev=f"{name}-{seed}").get(FOLDERS[model].as_posix(), str(prediction), recursive=True)
        except (DvcException, FileNotFoundError):
            raise UserError(f"{name}-{seed}: no such experiment; expected it queued and run before") from None
        with redirect_stdout(StringIO()):
            score_prediction(CLIPS / "Annotations", prediction, numbers, LABELS, read("score", Score))
        return json.loads(numbers.read_text(encoding="utf-8"))


if __name__ == "__main__":
    run(main)
