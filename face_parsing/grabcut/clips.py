"""GrabCut on clips: from a folder of predictions to refined label maps."""

from pathlib import Path

from face_parsing.clips.layout import frames_of
from face_parsing.core.errors import error_context
from face_parsing.core.labels import LabelTable
from face_parsing.grabcut.refining import Refiner
from face_parsing.imaging.label_maps import check_size, read_label_map, write_label_map
from face_parsing.imaging.pictures import read_image


def refine_clip(
    clip: str, clips: Path, prediction: Path, refiner: Refiner, labels: LabelTable, out: Path
) -> tuple[int, int]:
    """Refine every frame of a clip and write <out>/<clip>/<frame>.png.

    Args:
        clip: The clip's name.
        clips: A folder in the clip layout.
        prediction: The folder of the prediction to refine.
        refiner: The refiner that moves the boundaries.
        labels: The label table, for the label maps' colours.
        out: The folder to write to.

    Returns:
        The number of frames, and the number of parts that GrabCut failed on.

    Raises:
        PipelineError: An image or label map is missing or invalid, or their sizes differ.
    """
    frames = frames_of(clips, clip)
    uncut = 0
    for frame in frames:
        file = f"{clip}/{frame.name}.png"
        with error_context(frame.image):
            image, label_map = read_image(frame.image), read_label_map(prediction / file)
            check_size(prediction / file, label_map, frame.image, image)
            refined, failures = refiner(image, label_map)
            uncut += failures
            write_label_map(out / file, refined, labels)
    return len(frames), uncut
