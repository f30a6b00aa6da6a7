"""Move the boundaries of the chosen prediction to the image's edges by GrabCut: the delivered result."""

from functools import partial
from pathlib import Path

from face_parsing.grabcut.parameters import GrabCut
from face_parsing.grabcut.refining import Refiner
from face_parsing.pipeline.clips import frames_of, read_split
from face_parsing.pipeline.entry import run, working_on
from face_parsing.pipeline.label_maps import check_size
from face_parsing.pipeline.labels import LabelTable, read_labels
from face_parsing.pipeline.models import MODEL_OF, Fusion
from face_parsing.pipeline.outputs import whole_directory
from face_parsing.pipeline.parallel import each
from face_parsing.pipeline.pictures import read_image, read_label_map, write_label_map
from face_parsing.pipeline.reading import StageParameters, at

CLIPS = Path("data/clips")
LABELS = Path("data/labels.yaml")
PREDICTIONS = Path("data/predictions")
RESULTS = Path("data/results")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    fusion: Fusion = at("seg.fusion")
    grabcut: GrabCut = at("grabcut")


def main() -> None:
    """Write data/results."""
    parameters = Parameters.read()
    labels = read_labels(LABELS)
    refiner = Refiner(parameters.grabcut, labels)
    prediction = PREDICTIONS / MODEL_OF[parameters.fusion]
    with whole_directory(RESULTS) as folder:
        work = partial(refine_clip, prediction=prediction, refiner=refiner, labels=labels, folder=folder)
        counts = list(each(work, read_split(CLIPS, "test"), "refine"))
    frames, uncut = (sum(count) for count in zip(*counts, strict=True))
    print(f"{frames} frames of {prediction} refined, {uncut} parts that could not be cut left as they were: {RESULTS}")


def refine_clip(clip: str, prediction: Path, refiner: Refiner, labels: LabelTable, folder: Path) -> tuple[int, int]:
    """Refine every frame of a clip; returns the number of frames, and that of the parts that could not be cut."""
    frames = frames_of(CLIPS, clip)
    uncut = 0
    for frame in frames:
        file = f"{clip}/{frame.name}.png"
        with working_on(frame.image):
            image, label_map = read_image(frame.image), read_label_map(prediction / file)
            check_size(prediction / file, label_map, frame.image, image)
            refined, failures = refiner(image, label_map)
            uncut += failures
            write_label_map(folder / file, refined, labels)
    return len(frames), uncut


if __name__ == "__main__":
    run(main)
