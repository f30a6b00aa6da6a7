"""The paths of a project's files, relative to its folder. No other module defines them.

>>> segmenter_config("se_hrnet", "mini").as_posix()
'configs/segmenter/se_hrnet/mini.py'
"""

from pathlib import Path

from face_parsing.core.model_names import PREDICTIONS as MODELS_AND_VOTE
from face_parsing.core.model_names import RESULT

PARAMETERS = Path("params.yaml")
DEFAULT_LABELS = Path("configs/labels.yaml")
LABEL_TABLES = Path("configs/labels")  # tables of sources with other classes, and the user's own tables
WEIGHTS = Path("weights")  # the bundled models, laid out as a project

LABELS = Path("data/labels.yaml")
INITIAL_WEIGHTS = Path("data/initial_weights")
VARIANTS = Path("data/variants")
CLIPS = Path("data/clips")
CHECKSUMS = Path("data/checksums")
BOXES = Path("data/boxes")
FACES = Path("data/faces.csv")
CROPS = Path("data/crops")
UNLABELLED = Path("data/unlabelled")
PSEUDO_LABELS = Path("data/pseudo")
PREDICTIONS = Path("data/predictions")
RESULTS = Path("data/results")

MODELS = Path("models")
STUDENTS = MODELS / "students"
EXPORTED = Path("exported")  # what `face-parsing export` writes
CURVES = Path("curves")
UNFINISHED = Path("unfinished")

METRICS = Path("metrics")
RESULT_METRICS = Path("metrics.json")
VIDEO_METRICS = METRICS / "video"
PLOTS = Path("plots")
PICTURES = Path("pictures")
VIDEO = Path("video")
REPORT = Path("report")

# What is scored (the models' predictions, their vote, and the result after GrabCut), and the files of its metrics.
SCORED = {name: PREDICTIONS / name for name in MODELS_AND_VOTE} | {RESULT: RESULTS}
SCORES = {name: METRICS / f"{name}.json" for name in MODELS_AND_VOTE} | {RESULT: RESULT_METRICS}
VIDEO_SCORES = {name: VIDEO_METRICS / f"{name}.json" for name in SCORED}
DETECTOR_SCORES = METRICS / "detector.json"


def model_file(name: str, folder: Path = MODELS) -> Path:
    """The model file of a network: ``detector``, ``backbone``, or a segmentation model's name."""
    return folder / f"{name}.pth"


def boxes_file(split: str) -> Path:
    """The COCO file of a split's face boxes."""
    return BOXES / f"{split}.json"


def detector_config(profile: str) -> Path:
    """The detector's mmengine config."""
    return Path(f"configs/detector/{profile}.py")


def segmenter_config(backbone: str, profile: str) -> Path:
    """The segmenters' mmengine config."""
    return Path(f"configs/segmenter/{backbone}/{profile}.py")


def mask_rcnn_config(profile: str) -> Path:
    """The mmengine config of Mask R-CNN as a parser."""
    return Path(f"configs/parts/{profile}.py")


def config_files(config: Path) -> list[Path]:
    """A network's mmengine config and the bases that it may use: configs/_base_/<network>/*.py."""
    configs = next(folder for folder in config.parents if folder.name == "configs")
    network = config.relative_to(configs).parts[0]
    return [config, *sorted((configs / "_base_" / network).glob("*.py"))]
