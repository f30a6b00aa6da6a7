"""Full-frame label maps of the test clips by Mask R-CNN, the masks of a face's parts pasted."""

import argparse
from pathlib import Path
from typing import get_args

from tqdm import tqdm

from face_parsing.faces.parameters import Crop
from face_parsing.instances.model import load_network
from face_parsing.instances.parameters import Also
from face_parsing.instances.parser import PartsParser
from face_parsing.parsing.parameters import SegmenterTest
from face_parsing.pipeline.clips import frames_of, read_split
from face_parsing.pipeline.entry import run, working_on
from face_parsing.pipeline.face_table import faces_of
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.outputs import whole_directory
from face_parsing.pipeline.pictures import read_image, write_label_map
from face_parsing.pipeline.reading import StageParameters, at
from face_parsing.pipeline.schedules import Side

LABELS = Path("data/labels.yaml")
CLIPS = Path("data/clips")
FACES = Path("data/faces.csv")
PREDICTIONS = Path("data/predictions")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    profile: str = at("profile")
    size: Side = at("profiles.${profile}.segmenter.crop_size")
    test: SegmenterTest = at("seg.test")
    crop: Crop = at("crop")


def main() -> None:
    """Write data/predictions/<name>, for the name on the command line."""
    parser = argparse.ArgumentParser(prog="python -m stages.segment_parts", description=__doc__)
    parser.add_argument("name", choices=get_args(Also))
    name = parser.parse_args().name
    parameters = Parameters.read()
    labels = read_labels(LABELS)
    network = load_network(Path(f"configs/parts/{parameters.profile}.py"), Path(f"models/{name}.pth"), labels)
    parse = PartsParser(network, labels, parameters.crop, parameters.size, parameters.test)
    frames = [frame for clip in read_split(CLIPS, "test") for frame in frames_of(CLIPS, clip)]
    work = zip(frames, faces_of(frames, FACES), strict=True)
    with whole_directory(PREDICTIONS / name) as folder:
        for frame, faces in tqdm(work, desc=name, total=len(frames), unit="frame", mininterval=1.0):
            with working_on(frame.image):
                label_map = parse(read_image(frame.image), faces)
            write_label_map(folder / frame.clip / f"{frame.name}.png", label_map, labels)
    print(f"{len(frames)} frames segmented: {PREDICTIONS / name}")


if __name__ == "__main__":
    run(main)
