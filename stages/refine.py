"""Move the boundaries of the chosen prediction to the image's edges by GrabCut: the delivered result."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from stages.clips.label_maps import check_size
from stages.clips.labels import LabelTable, read_labels
from stages.clips.layout import frames_of, read_image, read_label_map, read_split, write_label_map
from stages.parameters.predictions import PREDICTION_OF, Fusion
from stages.parameters.reading import read
from stages.parameters.result import GrabCut
from stages.pipeline.entry import run
from stages.pipeline.outputs import whole_directory
from stages.pipeline.parallel import each
from stages.refinement.grabcut import refine

PARAMETERS = {"seg.fusion": Fusion, "grabcut": GrabCut}
CLIPS = Path("data/clips")
LABELS = Path("data/labels.yaml")
PREDICTIONS = Path("data/predictions")
RESULTS = Path("data/results")


def main() -> None:
    """Write data/results."""
    fusion, parameters = read("seg.fusion", Fusion), read("grabcut", GrabCut)
    labels = read_labels(LABELS)
    classes = [labels.id_of(name) for name in parameters.classes if name in labels.names]
    prediction = PREDICTIONS / PREDICTION_OF[fusion]
    clips = read_split(CLIPS, "test")
    with whole_directory(RESULTS) as folder:
        work = partial(
            refine_clip, prediction=prediction, folder=folder, labels=labels, classes=classes, parameters=parameters
        )
        counts = list(each(work, clips, "refine"))
    frames, uncut = (sum(count) for count in zip(*counts, strict=True))
    print(f"{frames} frames of {prediction} refined, {uncut} parts that could not be cut left as they were: {RESULTS}")


def refine_clip(
    clip: str, prediction: Path, folder: Path, labels: LabelTable, classes: Sequence[int], parameters: GrabCut
) -> tuple[int, int]:
    """Refine every frame of a clip; returns the number of frames, and that of the parts that could not be cut."""
    frames = frames_of(CLIPS, clip)
    uncut = 0
    for frame in frames:
        file = f"{clip}/{frame.name}.png"
        image, label_map = read_image(frame.image), read_label_map(prediction / file)
        check_size(prediction / file, label_map, frame.image, image)
        refined, failures = refine(image, label_map, classes, parameters.band, parameters.iterations, parameters.size)
        uncut += failures
        write_label_map(folder / file, refined, labels)
    return len(frames), uncut


if __name__ == "__main__":
    run(main)
