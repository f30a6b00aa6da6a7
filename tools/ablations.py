"""Ablations paired by seed: python -m tools.ablations queue STUDY, dvc queue start, tools.ablations table STUDY.

``parts`` removes parts of the method. ``also_tried`` adds variants that the authors tried without a clear gain.
"""

import argparse
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from dvc.api import DVCFileSystem
from dvc.exceptions import DvcException

from face_parsing.commands.score import score_prediction
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError, run
from face_parsing.core.framework_warnings import stdout_suppressed
from face_parsing.core.parameters import read
from face_parsing.metrics.parameters import Score

SEEDS = (0, 1, 2)  # seeds of the models' training; the backbone is the default one unless a variant trains its own


@dataclass(frozen=True)
class Ablation:
    """A variant: its title in the table, its model, the parameters that it sets, and the last stage to run."""

    title: str
    model: str = "eanet_cat"
    changes: tuple[str, ...] = ()
    stage: str = "segment"


@dataclass(frozen=True)
class Study:
    """Variants to compare.

    Attributes:
        schedule: Parameters that all variants set.
        variants: The variants by name; the first is the reference.
        figures: Metrics in the table beside JF.
    """

    schedule: tuple[str, ...]
    variants: dict[str, Ablation]
    figures: tuple[str, ...] = ("J_mean", "F_mean")

    @property
    def reference(self) -> str:
        """Name of the reference variant."""
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
    "previous-fed": Ablation("the previous mask, fed", "ocrnet", ("seg.mask_propagation=feed",)),
    "previous-gated": Ablation("the previous mask, behind a gate", "ocrnet", ("seg.mask_propagation=gated",)),
}
# The tables in docs/ have the decoder at half resolution.
DETAIL = ("seg.layers.detail=true",)
STUDIES = {
    "parts": Study(
        (*DETAIL, "profiles.mini.backbone.iterations=1600", "profiles.mini.segmenter.iterations=200"),
        PARTS,
    ),
    "also_tried": Study(DETAIL, ALSO_TRIED, ("J_mean", "F_mean", "J_decay")),
}


def main() -> None:
    """Queue the experiments, or print their results."""
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
    """Queue a named DVC experiment for every variant and seed, up to its model's predictions."""
    # Ordered by seed, so that two concurrent experiments do not train the same backbone.
    for seed in SEEDS:
        for name, variant in study.variants.items():
            changes = (*study.schedule, f"seg.train.seed={seed}", *variant.changes)
            settings = [word for change in changes for word in ("-S", change)]
            command = ["dvc", "exp", "run", "--queue", "--name", f"{name}-{seed}", *settings]
            subprocess.run([*command, f"{variant.stage}@{variant.model}"], check=True)


def scores(study: Study) -> pd.DataFrame:
    """The scores of every experiment's predictions, one row each, indexed by variant and seed.

    Raises:
        PipelineError: An experiment is missing.
    """
    variants = study.variants.items()
    return pd.DataFrame(
        {(name, seed): _scores_of(name, seed, variant.model) for name, variant in variants for seed in SEEDS}
    ).T


def table(study: Study, run_scores: pd.DataFrame) -> str:
    """A Markdown table: mean and standard deviation over seeds, and the change of JF paired by seed.

    Args:
        study: The study.
        run_scores: JF and the study's figures, indexed by variant and seed.
    """
    keys = ("JF", *study.figures)
    lines = [f"| | {' | '.join(keys)} | change of JF |", "|---" * (len(keys) + 2) + "|"]
    for name, variant in study.variants.items():
        own = run_scores.loc[name]
        figures = [f"{own[key].mean():.3f} ± {own[key].std():.3f}" for key in keys]
        gain = own["JF"] - run_scores.loc[study.reference, "JF"]
        figures.append("" if name == study.reference else f"{gain.mean():+.3f} ± {gain.std():.3f}")
        lines.append(f"| {' | '.join((variant.title, *figures))} |")
    return "\n".join(lines)


def _scores_of(name: str, seed: int, model: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as scratch:
        prediction, numbers = Path(scratch) / model, Path(scratch) / "scores.json"
        try:
            DVCFileSystem(rev=f"{name}-{seed}").get(
                (paths.PREDICTIONS / model).as_posix(), str(prediction), recursive=True
            )
        except (DvcException, FileNotFoundError):
            raise PipelineError(f"{name}-{seed}: no such experiment; expected one that was queued and run") from None
        with stdout_suppressed():
            score_prediction(paths.CLIPS / "Annotations", prediction, numbers, paths.LABELS, read("score", Score))
        return json.loads(numbers.read_text(encoding="utf-8"))


if __name__ == "__main__":
    run(main)
