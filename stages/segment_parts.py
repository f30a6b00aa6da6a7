"""Writes full-frame label maps of the test clips by Mask R-CNN, from the pasted masks of a face's parts."""

from typing import get_args

from tqdm import tqdm

from face_parsing.clips.face_table import faces_of
from face_parsing.clips.layout import frames_of, read_split
from face_parsing.core import paths
from face_parsing.core.arguments import item_argument
from face_parsing.core.errors import error_context, run
from face_parsing.core.labels import read_labels
from face_parsing.core.outputs import atomic_directory
from face_parsing.core.parameters import StageParameters, at
from face_parsing.core.schedules import InputSide
from face_parsing.geometry.squares import Crop
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import read_image
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest
from face_parsing.parsing.segmenter import SegmenterUse
from face_parsing.variants.mask_rcnn.network import load_parser
from face_parsing.variants.mask_rcnn.parameters import Also


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    profile: str = at("profile")
    size: InputSide = at("profiles.${profile}.segmenter.crop_size")
    test: SegmenterTest = at("seg.test")
    crop: Crop = at("crop")


def main() -> None:
    """Write data/predictions/<name> for the name on the command line."""
    name = item_argument("segment_parts", __doc__, get_args(Also))
    parameters = Parameters.read()
    labels = read_labels(paths.LABELS)
    size = SegmenterInput(batch_size=1, crop_size=parameters.size, logit_adjustment=0.0)
    use = SegmenterUse(parameters.crop, size, parameters.test, probabilities=True)
    parse = load_parser(paths.mask_rcnn_config(parameters.profile), paths.model_file(name), labels, use)
    frames = [frame for clip in read_split(paths.CLIPS, "test") for frame in frames_of(paths.CLIPS, clip)]
    tasks = zip(frames, faces_of(frames, paths.FACES), strict=True)
    with atomic_directory(paths.PREDICTIONS / name) as folder:
        for frame, faces in tqdm(tasks, desc=name, total=len(frames), unit="frame", mininterval=1.0):
            with error_context(frame.image):
                (prediction,) = parse([read_image(frame.image)], [faces])
            write_label_map(folder / frame.clip / f"{frame.name}.png", prediction.label_map, labels)
    print(f"{len(frames)} frames segmented: {paths.PREDICTIONS / name}")


if __name__ == "__main__":
    run(main)
