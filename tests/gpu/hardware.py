"""The stages of tests.gpu.check that measure the machine and single operators."""

import os
import shutil
import tempfile
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from tests.gpu.measuring import Run, peak_gib, say

CLASSES = 18
UPSAMPLED = [(48, 56, 2), (48, 14, 8), (384, 14, 8), (CLASSES, 112, 4)]  # channels, side, factor
# Input and output channels, kernel, side: those of the dense layers and what they would be with channels of a multiple
# of eight, and some of the backbone and the heads.
CONVOLUTIONS = [
    *((21, 32, 3, 448), (24, 32, 3, 448), (53, 32, 3, 448), (56, 32, 3, 448), (117, 32, 3, 448), (120, 32, 3, 448)),
    *((149, 18, 1, 448), (152, 24, 1, 448)),
    *((48, 48, 3, 112), (96, 96, 3, 56), (384, 384, 3, 14), (720, 512, 3, 112)),
]


def machine(run: Run, variant: str) -> None:
    """Cores, disks, launches, arithmetic and copies."""
    say(cores=len(os.sched_getaffinity(0)), torch=torch.__version__, cuda=torch.version.cuda)
    say(shared_memory_gib=shutil.disk_usage("/dev/shm").total / 2**30)
    data = os.urandom(1 << 20) * run.side(600)
    for name, folder in (("out", run.out), ("temporary", Path(tempfile.gettempdir()))):
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            start = time.perf_counter()
            file.write(data)
            os.fsync(file.fileno())
            say(disk=name, written_mb_s=len(data) / 1e6 / (time.perf_counter() - start))
    if run.gpu:
        say(gpu=torch.cuda.get_device_name(), cudnn=torch.backends.cudnn.version())
    number = torch.ones(1, device=run.device)
    say(launch_us=1e3 * run.milliseconds(lambda: number.add_(1), 20000))
    side = run.side(8192)
    matrix = torch.randn(side, side, device=run.device, dtype=torch.bfloat16)
    say(matmul_tflop_s=2 * side**3 / run.milliseconds(lambda: matrix @ matrix) / 1e9)
    block = torch.empty(run.side(1 << 30), dtype=torch.uint8, device=run.device)
    say(copy_tb_s=2 * len(block) / run.milliseconds(block.clone) / 1e9)
    if not run.gpu:
        say(skipped="copies to the GPU")
        return
    for pinned in (True, False):
        batch = torch.empty(16, 3 * 448 * 448, dtype=torch.uint8, pin_memory=pinned)
        copied = run.milliseconds(lambda batch=batch: batch.to("cuda", non_blocking=True))  # type: ignore[misc]
        say(pinned=pinned, to_gpu_gb_s=batch.numel() / copied / 1e6)


def _features(run: Run, shape: tuple[int, ...], dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Random features (N, C, H, W), or weights, channels last."""
    features = torch.randn(shape, device=run.device, dtype=dtype)
    return features.contiguous(memory_format=torch.channels_last).requires_grad_()


def kernels(run: Run, variant: str) -> None:
    """Bilinear upsampling in both precisions, and convolutions of odd and of padded channels; they take torch alone."""
    torch.backends.cudnn.benchmark = True  # as the trainings
    batch = run.side(16)
    for channels, side, factor in UPSAMPLED:
        for dtype in (torch.bfloat16, torch.float32):
            x = _features(run, (batch, channels, run.side(side), run.side(side)), dtype)

            def upsample(x: torch.Tensor = x, factor: int = factor) -> torch.Tensor:
                return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)

            say(upsample=(channels, side, factor), dtype=str(dtype), **_both_ways(run, upsample, (x,)))
    for inputs, outputs, kernel, side in CONVOLUTIONS:
        x = _features(run, (batch, inputs, run.side(side), run.side(side)), torch.bfloat16)
        weight = _features(run, (outputs, inputs, kernel, kernel), torch.bfloat16)

        def convolve(x: torch.Tensor = x, weight: torch.Tensor = weight, kernel: int = kernel) -> torch.Tensor:
            return F.conv2d(x, weight, padding=kernel // 2)

        start = time.perf_counter()
        convolve().sum().backward()
        run.synchronize()
        first = time.perf_counter() - start
        times = _both_ways(run, convolve, (x, weight))
        flop = 3 * 2 * batch * inputs * outputs * kernel**2 * run.side(side) ** 2
        rate = flop / sum(times.values()) / 1e9
        say(convolution=(inputs, outputs, kernel, side), first_s=first, **times, tflop_s=rate)


def _both_ways(run: Run, call, inputs: tuple[torch.Tensor, ...]) -> dict[str, float]:
    """The times of a function's forward and backward passes."""
    outputs = call()
    slopes = torch.randn_like(outputs)
    return {
        "forward_ms": run.milliseconds(call),
        "backward_ms": run.milliseconds(lambda: torch.autograd.grad(outputs, inputs, slopes, retain_graph=True)),
    }


def operators(run: Run, variant: str) -> None:
    """This project's losses beside mmseg's, and mmcv's operators."""
    # Imported here: the stages above run where mmcv is not yet compiled.
    from mmcv.ops import DeformConv2dPack, nms, roi_align
    from mmseg.models.losses import CrossEntropyLoss, LovaszLoss

    from face_parsing.segmenter.losses import ClassWeightedCrossEntropy, GridLovaszLoss

    batch, side = run.side(16), run.side(448)
    cell = side // 14
    label_map = torch.randint(CLASSES, (batch, 14, 14), device=run.device)
    label_map = label_map.repeat_interleave(cell, 1).repeat_interleave(cell, 2)
    logits = _features(run, (batch, CLASSES, side, side))
    losses = {
        "mmseg's Lovasz": LovaszLoss(reduction="none"),
        "GridLovaszLoss": GridLovaszLoss(),
        "GridLovaszLoss, stride 2": GridLovaszLoss(stride=2),
        "mmseg's cross entropy": CrossEntropyLoss(avg_non_ignore=True),
        "ClassWeightedCrossEntropy": ClassWeightedCrossEntropy(),
    }
    for name, loss in losses.items():
        if run.gpu:
            torch.cuda.reset_peak_memory_stats()

        def differentiate(loss: torch.nn.Module = loss) -> object:
            return torch.autograd.grad(loss(logits, label_map, ignore_index=255), logits)

        say(loss=name, both_ms=run.milliseconds(differentiate, 4), peak_gib=peak_gib(run))
    layer = DeformConv2dPack(128, 128, 3, padding=1).to(run.device)
    x = _features(run, (batch, 128, run.side(96), run.side(168))).contiguous()
    for tf32 in (False, True):
        torch.backends.cuda.matmul.allow_tf32 = tf32
        times = _both_ways(run, lambda: layer(x), (x, *layer.parameters()))
        say(deformable_convolution=tuple(x.shape), tf32=tf32, **times)
    boxes = torch.rand(run.side(8819), 4, device=run.device) * 600
    boxes[:, 2:] = boxes[:, :2] + 32
    scores = torch.rand(len(boxes), device=run.device)
    say(nms_boxes=len(boxes), ms=run.milliseconds(lambda: nms(boxes, scores, 0.7)))
    features = torch.randn(batch, 256, run.side(192), run.side(336), device=run.device, requires_grad=True)
    images = torch.arange(len(boxes), device=run.device) % batch
    regions = torch.cat([images[:, None], boxes], dim=1)

    def align() -> torch.Tensor:
        return roi_align(features, regions, (7, 7), 0.25, 0, "avg", True)

    say(roi_align_boxes=len(boxes), **_both_ways(run, align, (features,)))
