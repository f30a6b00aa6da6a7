"""Crops unlabelled faces and labels them where the three trained models agree."""

from face_parsing.clips.face_table import faces_of, write_faces
from face_parsing.clips.layout import frames_of, read_split
from face_parsing.core import paths
from face_parsing.core.errors import PipelineError, run
from face_parsing.core.labels import read_labels
from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.core.outputs import atomic_directory
from face_parsing.core.parameters import Share, at
from face_parsing.faces.candidates import faces_of_clips
from face_parsing.faces.parameters import Detection, DetectorInput, StoredCrops, TrainCrops
from face_parsing.geometry.squares import Crop
from face_parsing.parsing.parameters import SegmenterInput, SegmenterTest
from face_parsing.parsing.segmenter import SegmenterUse
from face_parsing.parsing.trained_network import load_segmenter
from face_parsing.segmenter.architecture import ArchitectureParameters
from face_parsing.variants.pseudo_labels.labelling import label_frames


class Parameters(ArchitectureParameters):
    """What this stage reads of params.yaml."""

    detector_input: DetectorInput = at("profiles.${profile}.test.detect")
    input: SegmenterInput = at("profiles.${profile}.test.segment")
    stored: StoredCrops = at("profiles.${profile}.crops")
    detection: Detection = at("det.test")
    crop: Crop = at("crop")
    train_crops: TrainCrops = at("train_crops")
    test: SegmenterTest = at("seg.test")
    threshold: Share = at("seg.pseudo.threshold")


def main() -> None:
    """Write data/pseudo/{images,labels} and the table of their faces."""
    parameters = Parameters.read()
    labels = read_labels(paths.LABELS)
    clips = read_split(paths.UNLABELLED, "unlabelled")
    frames = [frame for clip in clips for frame in frames_of(paths.UNLABELLED, clip)]
    rows = faces_of_clips(
        paths.UNLABELLED,
        clips,
        paths.detector_config(parameters.profile),
        paths.model_file("detector"),
        parameters.detection,
        parameters.detector_input.batch_size,
    )
    use = SegmenterUse(parameters.crop, parameters.input, parameters.test, probabilities=True)
    segmenters = [
        load_segmenter(parameters.architecture(name), paths.model_file(name), labels, use) for name in MODEL_NAMES
    ]
    context, max_size = parameters.train_crops.context, parameters.stored.max_size
    with atomic_directory(paths.PSEUDO_LABELS) as folder:
        write_faces(folder / "faces.csv", rows)
        faces = faces_of(frames, folder / "faces.csv")
        tally = label_frames(frames, faces, segmenters, parameters.threshold, context, max_size, folder)
        if not tally.crops:
            raise PipelineError(
                f"{paths.UNLABELLED}: the models agree on no part of any face; expected a lower seg.pseudo.threshold, "
                "or clips more like the labelled ones"
            )
    shares = tally.kept / tally.voted.clip(1)
    print("kept of each class: " + ", ".join(f"{label.name} {shares[label.id]:.3f}" for label in labels.labels))
    kept = tally.kept.sum() / tally.voted.sum()
    print(
        f"{tally.crops} crops of {len(rows)} faces in {len(frames)} frames, {kept:.3f} of the pixels kept: "
        f"{paths.PSEUDO_LABELS}"
    )


if __name__ == "__main__":
    run(main)
