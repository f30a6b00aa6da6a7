"""What a user waits for: the bundled models without torch, beside what they would install in place of them.

Prints a Markdown table: python -m tests.benchmarks.bench_runtime [--count 100]

- Start: a new process, from its start to the first label map of one image of 512 x 512; the median of five.
- Rate: images of 512 x 512 a second, in one process that is warm, all of them unrelated.
- Memory: the peak of a new process that parses one image.

The images are rendered faces. BiSeNet-ResNet18 is the architecture of zllrunning/face-parsing.PyTorch, with its 19
classes: mmseg's, with random weights, at 512 pixels in onnxruntime. It parses a crop and finds no face. MediaPipe's
face mesh finds points and no classes. It requires protobuf 4, which onnx excludes. So `--mediapipe PYTHON` names the
interpreter of an environment of its own, with mediapipe 0.10.14. Later versions contain no model.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from face_parsing import FaceParser
from face_parsing.core.errors import run
from face_parsing.core.labels import read_labels
from face_parsing.imaging.pictures import read_image
from face_parsing.synthetic.parameters import DomainRandomization, PerSplit, RenderedClips, Synthetic
from face_parsing.synthetic.video import render_clip

SIDE = 512
STARTS = 5
VARIED = DomainRandomization(people=1.0, occluders=0.0, lights=1.0, scenery=1.0, camera=0.0, framing=0.0)
EASY = dict(small_faces=0.0, smallest_face=0.4, partial_faces=0.0, fast_turns=0.0, label_errors=0.0, bad_frames=0.0)

PARSE = """
import resource, sys
from face_parsing import FaceParser
FaceParser()(sys.argv[1])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""

MESH = """
import sys, time
from pathlib import Path
import cv2
from mediapipe.python.solutions.face_mesh import FaceMesh
mesh = FaceMesh(static_image_mode=True)
paths = sorted(Path(sys.argv[1]).glob("*.png"))
images = [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in paths]
for image in images[:4]:
    mesh.process(image)
start = time.perf_counter()
found = [mesh.process(image).multi_face_landmarks is not None for image in images]
print(len(images) / (time.perf_counter() - start), sum(found))
"""


def faces(count: int) -> Iterator[np.ndarray]:
    """Rendered faces, (SIDE, SIDE, 3) uint8 BGR."""
    once = PerSplit(train=1, val=1, test=1)
    size = RenderedClips(count=once, frames=once, width=SIDE, height=SIDE, domain_randomization=VARIED)
    labels = read_labels(Path("configs/labels.yaml"))
    for number in range(count):
        yield next(iter(render_clip(Synthetic(seed=7, **EASY), size, labels, "test", number)))[0]


def started(image: Path) -> tuple[float, float]:
    """Seconds from a process's start to its end with a label map, and its peak memory in MB."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", PARSE, image], check=True, capture_output=True, text=True)
    return time.perf_counter() - start, int(done.stdout) / 1024


def imported() -> float:
    """Seconds that ``import face_parsing`` takes, of a process that has started."""
    program = "import time; t = time.perf_counter(); import face_parsing; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout)


def bundled() -> Callable[[list[np.ndarray]], None]:
    """A function that parses unrelated images by the bundled models."""
    parser = FaceParser()

    def parse(images: list[np.ndarray]) -> None:
        for _ in parser.parse(images, parser.find_each(images), tracking=False):
            pass

    return parse


def bisenet(folder: Path) -> Callable[[list[np.ndarray]], None]:
    """A function that segments images by BiSeNet-ResNet18 in onnxruntime, with all cores."""
    import onnxruntime
    from mmengine.config import Config
    from mmengine.registry import init_default_scope
    from mmseg.registry import MODELS

    from face_parsing.export.onnx_files import write_segmenter
    from face_parsing.segmenter import architecture  # noqa: F401  (mmengine finds mmseg's configs after its import)

    init_default_scope("mmseg")
    config = Config.fromstring("_base_ = 'mmseg::_base_/models/bisenetv1_r18-d32.py'", ".py").model
    config.backbone.backbone_cfg.init_cfg = None
    for part in (config.backbone, config.backbone.backbone_cfg, config.decode_head, *config.auxiliary_head):
        part.norm_cfg.type = "BN"
    model = MODELS.build(config).eval()
    write_segmenter(model, folder / "bisenet.onnx")
    network = onnxruntime.InferenceSession(folder / "bisenet.onnx", providers=["CPUExecutionProvider"])

    def segment(images: list[np.ndarray]) -> None:
        for image in images:
            logits = network.run(None, {"images": image[None]})[0][0]
            scores = cv2.resize(logits.transpose(1, 2, 0), (SIDE, SIDE))
            scores.argmax(axis=-1)

    return segment


def mediapipe(python: Path, images: list[np.ndarray]) -> tuple[float, int]:
    """Run MediaPipe's face mesh on images, for the points of one face each.

    Args:
        python: The interpreter of an environment with mediapipe 0.10.14.
        images: (SIDE, SIDE, 3) uint8 BGR.

    Returns:
        Images a second, and the number of images in which it found points.
    """
    with tempfile.TemporaryDirectory() as folder:
        for number, image in enumerate(images):
            cv2.imwrite(f"{folder}/{number:05d}.png", image)
        done = subprocess.run([python, "-c", MESH, folder], check=True, stdout=subprocess.PIPE, text=True)
    images_a_second, found = done.stdout.split()
    return float(images_a_second), int(found)


def rate(parse: Callable[[list[np.ndarray]], None], images: list[np.ndarray]) -> float:
    """Images a second, after some to warm up."""
    parse(images[:4])
    start = time.perf_counter()
    parse(images)
    return len(images) / (time.perf_counter() - start)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_runtime", description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="number of images; default: 100")
    parser.add_argument("--mediapipe", type=Path, metavar="PYTHON", help="an interpreter that has mediapipe 0.10.14")
    given = parser.parse_args()
    images = list(faces(given.count))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "face.png"
        cv2.imwrite(str(path), images[0])
        assert (read_image(path) == images[0]).all()
        starts = [started(path) for _ in range(STARTS)]
        print("| | start, s | memory, MB | images/s |\n|---|---|---|---|")
        start, memory = (statistics.median(values) for values in zip(*starts, strict=True))
        ours = rate(bundled(), images)
        print(f"| the bundled models, onnxruntime | {start:.2f} | {memory:.0f} | {ours:.1f} |", flush=True)
        print(f"| BiSeNet-ResNet18, a crop of 512 | | | {rate(bisenet(Path(folder)), images):.1f} |", flush=True)
    if given.mediapipe:
        images_a_second, found = mediapipe(given.mediapipe, images)
        print(f"| MediaPipe's face mesh, points in {found} of {len(images)} | | | {images_a_second:.1f} |")
    print(f"\n`import face_parsing`: {statistics.median(imported() for _ in range(STARTS)):.2f} s")


if __name__ == "__main__":
    run(main)
