"""The two networks as the trainings build them, with a batch as the loader brings it, and their steps' times."""

import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import mmengine.model
import torch
import torch.nn.functional as F
from mmdet.registry import MODELS as MMDET_MODELS
from mmengine import Config
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmseg.registry import MODELS as MMSEG_MODELS
from torch.utils.data import DataLoader

from face_parsing.core.labels import read_labels
from face_parsing.core.outputs import atomic_directory, write_json
from face_parsing.core.parameters import read
from face_parsing.core.schedules import Schedule
from face_parsing.detector.coco import LabelledFrame, coco_file
from face_parsing.detector.config import detector_config, training_config
from face_parsing.imaging.pictures import write_jpeg
from face_parsing.parameters import Profile, Tree
from face_parsing.training.acceleration import in_precision, prepare
from face_parsing.training.runner import Plan, _loader
from tests.benchmarks import bench_training
from tests.benchmarks.blobs import SHAPE, draw_blobs, paint
from tests.gpu.measuring import Marks, Run, peak_gib, say

REGISTRIES = {"segmenter": MMSEG_MODELS, "detector": MMDET_MODELS}
# Where the parts of a step end: a module, its method, the part's name.
PARTS = {
    "segmenter": [
        ("", "extract_feat", "backbone"),
        ("decode_head.0", "forward", "coarse head"),
        ("decode_head.0", "loss_by_feat", "coarse losses"),
        ("decode_head.1", "_segment", "final head"),
        ("decode_head.1", "loss", "final losses"),
    ],
    "detector": [
        ("", "extract_feat", "backbone and neck"),
        ("rpn_head", "forward", "rpn"),
        ("rpn_head", "loss_by_feat", "rpn losses"),
        ("rpn_head", "predict_by_feat", "proposals"),
        ("roi_head", "loss", "cascade"),
    ],
}
LEARNING_RATE = 1e-4  # of the untrained networks, so that their losses stay finite


@dataclass(frozen=True)
class Task:
    """A network's training on rendered blobs.

    Attributes:
        name: segmenter or detector.
        tree: The parameters.
        profile: The profile's parameters.
        config: The training's config.
    """

    name: str
    tree: Tree
    profile: Profile
    config: Config

    @property
    def schedule(self) -> Schedule:
        """The training's schedule."""
        return self.profile.schedules[self.name]

    def loader(self, workers: int) -> DataLoader:
        """The training's data loader, endless."""
        loader = _loader(self.config.train_dataloader, Plan(1, seed=0, workers=workers), self.schedule.batch_size)
        init_default_scope(self.config.default_scope)
        with redirect_stdout(StringIO()):  # pycocotools prints
            return Runner.build_dataloader(loader, seed=0)


def pictures(run: Run, profile: Profile) -> Path:
    """The folder of the pictures, which the first stage that takes them writes: crops, frames and boxes."""
    folder = run.pictures / "pictures"
    if folder.exists():
        return folder
    with atomic_directory(folder) as partial:
        side = min(profile.crops.max_size, SHAPE[0])
        bench_training.write_crops(partial / "crops", read_labels(bench_training.LABELS), side)
        frames = []
        for number in range(bench_training.CROPS):
            frame = draw_blobs(number)
            write_jpeg(partial / f"frames/{number}.jpg", paint(frame))
            rows, columns = frame.nonzero()
            box = [[columns.min(), rows.min(), columns.max(), rows.max()]]
            frames.append(LabelledFrame(f"{number}.jpg", SHAPE, torch.tensor(box).numpy()))
        write_json(partial / "boxes.json", coco_file(frames))
    return folder


def task(run: Run, name: str, iterations: int = 100) -> Task:
    """The training of a network: ``segmenter`` or ``detector``."""
    tree = read("", Tree)
    profile = tree.profiles[run.profile]
    folder = pictures(run, profile)
    if name == "segmenter":
        config = bench_training.config_of(tree, run.profile, folder / "crops", iterations)
    else:
        plain = detector_config(Path(f"configs/detector/{run.profile}.py"), pretrained=False)
        boxes = folder / "boxes.json"
        config = training_config(plain, profile.detector, iterations, boxes, boxes, folder / "frames")
    return Task(name, tree, profile, config)


@dataclass(frozen=True)
class Step:
    """A training's step, again and again on one batch.

    Attributes:
        run: The settings.
        model: The network, on the device.
        wrapper: Its optimizer.
        batch: Images and truth, in main memory.
        marks: The step's times by part; off at first.
    """

    run: Run
    model: mmengine.model.BaseModel
    wrapper: OptimWrapper
    batch: dict[str, Any]
    marks: Marks

    def __call__(self) -> None:
        """Do a step, and wait for its loss, as the progress bar does."""
        self.marks.mark("begin")
        losses = self.model.train_step(self.batch, self.wrapper)
        losses["loss"].item()
        self.marks.mark("loss read")

    def cold(self, count: int) -> None:
        """Print the seconds of the first steps."""
        seconds = []
        for _ in range(self.run.times(count)):
            start = time.perf_counter()
            self()
            self.run.synchronize()
            seconds.append(round(time.perf_counter() - start, 3))
        say(first_steps_s=seconds)

    def parts(self, count: int) -> None:
        """Print the milliseconds of a step's parts, each step drained before the next."""
        self.marks.on = True
        for _ in range(self.run.times(count)):
            self()
            self.marks.close()
        self.marks.on = False
        self.marks.tell()

    def rate(self, seconds: float) -> None:
        """Print the steps a second and the peak memory."""
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < self.run.times(int(seconds)):
            self()
            count += 1
        self.run.synchronize()
        rate = count / (time.perf_counter() - start)
        images = rate * len(self.batch["inputs"])
        say(steps=count, steps_a_second=rate, images_a_second=images, peak_gib=peak_gib(self.run))


def built(run: Run, name: str, variant: str = "") -> Step:
    """The step of a network, built as its training builds it.

    Args:
        run: The settings.
        name: segmenter or detector.
        variant: fp32_interpolation, graphed_backbone, compiled, or tf32.
    """
    training = task(run, name)
    batch = next(iter(training.loader(workers=0)))
    config = training.config
    config.optim_wrapper.optimizer.lr = LEARNING_RATE
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(0)
    model = REGISTRIES[name].build(config.model)
    settings = training.tree.train.model_copy(update={"compile": variant == "compiled"})
    prepare(model, settings, training.schedule.channels_last)
    model.to(run.device).train()
    wrapper = build_optim_wrapper(model, in_precision(config.optim_wrapper, settings.precision))
    shape = (len(batch["inputs"]), *batch["inputs"][0].shape)
    if variant == "graphed_backbone":
        _graph_backbone(model, shape)
    elif variant == "fp32_interpolation":
        _interpolate_in_fp32()
    elif variant == "tf32":
        torch.backends.cuda.matmul.allow_tf32 = True
    marks = Marks(run)
    model.data_preprocessor.register_forward_hook(lambda *_: marks.mark("copy and normalization"))
    for module, method, part in PARTS[name]:
        marks.after(model.get_submodule(module), method, part)
    marks.after(wrapper, "backward", "backward")
    marks.after(wrapper, "zero_grad", "optimizer")
    say(built=name, variant=variant, inputs=shape, wrapper=type(wrapper).__name__)
    return Step(run, model, wrapper, batch, marks)


def _graph_backbone(model: Any, shape: Sequence[int]) -> None:
    """Replay the backbone, which has the most launches, as a CUDA graph."""
    sample = torch.randn(*shape, device="cuda").contiguous(memory_format=torch.channels_last)
    with torch.autocast("cuda", dtype=torch.bfloat16, cache_enabled=False):
        model.backbone = torch.cuda.make_graphed_callables(model.backbone, (sample,))


def _interpolate_in_fp32() -> None:
    """Upsample in float32 what is in bfloat16."""
    interpolate = F.interpolate

    def in_fp32(x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        return interpolate(x.float(), *args, **kwargs).to(x.dtype)

    F.interpolate = in_fp32  # type: ignore[assignment]
