"""Comparisons paired by seed: python -m tools.ablations queue STUDY, dvc queue start, tools.ablations table STUDY.

``parts`` takes the method's parts away, ``also_tried`` adds what its authors tried without a clear gain.
"""

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
from face_parsing.pipeline.reading import read
from stages.score import CLIPS, LABELS

SEEDS = (0, 1, 2)  # of the models' training: the backbone is the default one, or a row's own
PREDICTIONS = Path("data/predictions")


@dataclass(frozen=True)
class Ablation:
    """A variant: what the table calls it, the model, the parameters that it sets, and the stage that ends with it."""

    title: str
    model: str = "eanet_cat"
    changes: tuple[str, ...] = ()
    stage: str = "segment"


@dataclass(frozen=True)
class Study:
    """Variants that are compared: what all of them set, and each by its name; the first one is the reference.

    ``figures`` are those of the table beside JF.
    """

    schedule: tuple[str, ...]
    variants: dict[str, Ablation]
    figures: tuple[str, ...] = ("J_mean", "F_mean")

    @property
    def reference(self) -> str:
        """The name of the variant that the others are paired with."""
        return next(iter(self.variants))


PARTS = {
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
ALSO_TRIED = {
    "unchanged": Ablation("OCRNet, unchanged", "ocrnet"),
    "no-mirror": Ablation("without the mirror image", "ocrnet", ("seg.test.flip=false",)),
    "scales": Ablation("three scales at test time", "ocrnet", ("seg.test.scales=[0.75,1.0,1.25]",)),
    "pseudo-labels": Ablation(
        "pseudo labels", "ocrnet", ("seg.pseudo.clips=[rendered]", "seg.weights=models/students")
    ),
    "swin": Ablation("Swin Transformer", "ocrnet", ("seg.backbone=swin",)),
    "panoptic-fpn": Ablation("panoptic FPN in the head", "ocrnet", ("seg.coarse_head=panoptic_fpn",)),
    "mask-rcnn": Ablation("Mask R-CNN", "mask_rcnn", ("seg.also=[mask_rcnn]",), "segment_parts"),
    "previous-fed": Ablation("the previous mask, fed", "ocrnet", ("seg.previous=feed",)),
    "previous-gated": Ablation("the previous mask, behind a gate", "ocrnet", ("seg.previous=gated",)),
}
STUDIES = {
    "parts": Study(
        ("profiles.mini.backbone.iterations=1600", "profiles.mini.segmenter.iterations=200"),
        PARTS,
    ),
    "also_tried": Study((), ALSO_TRIED, ("J_mean", "F_mean", "J_decay")),
}


def main() -> None:
    """Queue the experiments, or print what came of them."""
    parser = argparse.ArgumentParser(prog="python -m tools.ablations", description=__doc__)
    parser.add_argument("do", choices=("queue", "table"))
    parser.add_argument("study", choices=STUDIES)
    arguments = parser.parse_args()
    study = STUDIES[arguments.study]
    if arguments.do == "queue":
        queue(study)
    else:
        print(table(study, scores(study)))


def queue(study: Study) -> None:
    """Queue a named DVC experiment for every variant and seed; each ends with its model's predictions."""
    # Seed after seed, so that of two that run at once none trains a backbone which the other trains too.
    for seed in SEEDS:
        for name, variant in study.variants.items():
            changes = (*study.schedule, f"seg.train.seed={seed}", *variant.changes)
            settings = [word for change in changes for word in ("-S", change)]
            command = ["dvc", "exp", "run", "--queue", "--name", f"{name}-{seed}", *settings]
            subprocess.run([*command, f"{variant.stage}@{variant.model}"], check=True)


def scores(study: Study) -> pd.DataFrame:
    """The scores of every experiment's predictions, a row each, indexed by variant and seed.

    Raises:
        UserError: an experiment is missing.
    """
    each = study.variants.items()
    return pd.DataFrame(
        {(name, seed): _scores_of(name, seed, variant.model) for name, variant in each for seed in SEEDS}
    ).T


def table(study: Study, of_runs: pd.DataFrame) -> str:
    """A Markdown table: mean and standard deviation over seeds, and of JF what a change gains with the same seed.

    Args:
        study: What is compared.
        of_runs: JF and the study's figures, indexed by variant and seed.
    """
    keys = ("JF", *study.figures)
    lines = [f"| | {' | '.join(keys)} | change of JF |", "|---" * (len(keys) + 2) + "|"]
    for name, variant in study.variants.items():
        own = of_runs.loc[name]
        figures = [f"{own[key].mean():.3f} ± {own[key].std():.3f}" for key in keys]
        gain = own["JF"] - of_runs.loc[study.reference, "JF"]
        figures.append("" if name == study.reference else f"{gain.mean():+.3f} ± {gain.std():.3f}")
        lines.append(f"| {' | '.join((variant.title, *figures))} |")
    return "\n".join(lines)


def _scores_of(name: str, seed: int, model: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as scratch:
        prediction, numbers = Path(scratch) / model, Path(scratch) / "scores.json"
        try:
            DVCFileSystem(rev=f"{name}-{seed}").get((PREDICTIONS / model).as_posix(), str(prediction), recursive=True)
        except (DvcException, FileNotFoundError):
            raise UserError(f"{name}-{seed}: no such experiment; expected it queued and run before") from None
        with redirect_stdout(StringIO()):
            score_prediction(CLIPS / "Annotations", prediction, numbers, LABELS, read("score", Score))
        return json.loads(numbers.read_text(encoding="utf-8"))


if __name__ == "__main__":
    run(main)
