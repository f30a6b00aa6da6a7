"""Crops of unlabelled faces, labelled by what the three trained models agree on."""

from pathlib import Path

from tqdm import tqdm

from face_parsing.faces.finding import faces_of_clips
from face_parsing.faces.parameters import Crop, Detection, DetectorInput, StoredCrops, TrainCrops
from face_parsing.parsing.batches import batches
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest
from face_parsing.parsing.segmenter import Segmenter, load_network
from face_parsing.pipeline.clips import frames_of, read_split
from face_parsing.pipeline.entry import UserError, run, working_on
from face_parsing.pipeline.face_table import faces_of, write_faces
from face_parsing.pipeline.labels import read_labels
from face_parsing.pipeline.models import MODEL_NAMES
from face_parsing.pipeline.outputs import whole_directory
from face_parsing.pipeline.pictures import read_image
from face_parsing.pipeline.reading import StageParameters, at
from face_parsing.pseudo.labelling import Tally, write_pseudo_crops
from face_parsing.pseudo.parameters import Share
from face_parsing.segmenter.parameters import BackboneName, CoarseHeadName, Layers, Previous

LABELS = Path("data/labels.yaml")
CLIPS = Path("data/unlabelled")
DETECTOR = Path("models/detector.pth")
PSEUDO = Path("data/pseudo")


class Parameters(StageParameters):
    """What this stage reads of params.yaml."""

    profile: str = at("profile")
    detector_input: DetectorInput = at("profiles.${profile}.test.detect")
    input: SegmenterInput = at("profiles.${profile}.test.segment")
    stored: StoredCrops = at("profiles.${profile}.crops")
    detection: Detection = at("det.test")
    crop: Crop = at("crop")
    training: TrainCrops = at("train_crops")
    layers: Layers = at("seg.layers")
    test: SegmenterTest = at("seg.test")
    previous: Previous = at("seg.previous")
    backbone_name: BackboneName = at("seg.backbone")
    coarse_head: CoarseHeadName = at("seg.coarse_head")
    threshold: Share = at("seg.pseudo.threshold")


def main() -> None:
    """Write data/pseudo/{images,labels}, and the faces that they show."""
    parameters = Parameters.read()
    labels = read_labels(LABELS)
    clips = read_split(CLIPS, "unlabelled")
    frames = [frame for clip in clips for frame in frames_of(CLIPS, clip)]
    detector = Path(f"configs/detector/{parameters.profile}.py")
    batch_size = parameters.detector_input.batch_size
    rows = faces_of_clips(CLIPS, clips, detector, DETECTOR, parameters.detection, batch_size)
    config = Path(f"configs/segmenter/{parameters.backbone_name}/{parameters.profile}.py")
    segmenters = []
    for name in MODEL_NAMES:
        weights = Path(f"models/{name}.pth")
        network = load_network(
            config,
            weights,
            name,
            labels,
            parameters.layers,
            previous=parameters.previous,
            coarse_head=parameters.coarse_head,
        )
        crop, test = parameters.crop, parameters.test
        segmenters.append(Segmenter(network, labels, crop, parameters.input, test, probabilities=True))
    tally = Tally()
    with whole_directory(PSEUDO) as folder:
        write_faces(folder / "faces.csv", rows)
        # In the order of the segmenters' scores.
        faces = [sorted(found, key=lambda face: face.score) for found in faces_of(frames, folder / "faces.csv")]
        images = (read_image(frame.image) for frame in tqdm(frames, desc="labelling", unit="frame", mininterval=1.0))
        work = zip(frames, images, faces, strict=True)
        for batch in batches(work, parameters.input.batch_size, lambda item: item[1].shape[0] * item[1].shape[1]):
            of_batch, pictures, found = zip(*batch, strict=True)
            with working_on(f"{of_batch[0].image} to {of_batch[-1].image}"):
                scored = [segmenter.scores(pictures, found) for segmenter in segmenters]
                for frame, image, of_frame, *members in zip(of_batch, pictures, found, *scored, strict=True):
                    written = write_pseudo_crops(
                        image,
                        of_frame,
                        members,
                        parameters.threshold,
                        parameters.crop,
                        parameters.training.context,
                        parameters.stored.max_size,
                        labels,
                        folder,
                        f"{frame.clip}_{frame.name}",
                    )
                    tally = tally.with_more(written)
        if not tally.crops:
            raise UserError(
                f"{CLIPS}: the models are sure of no part of any face; expected a lower seg.pseudo.threshold, or clips "
                "more like the labelled ones"
            )
    shares = tally.kept / tally.voted.clip(1)
    print("kept of each class: " + ", ".join(f"{label.name} {shares[label.id]:.3f}" for label in labels.labels))
    kept = tally.kept.sum() / tally.voted.sum()
    print(f"{tally.crops} crops of {len(rows)} faces in {len(frames)} frames, {kept:.3f} of the pixels kept: {PSEUDO}")


if __name__ == "__main__":
    run(main)
