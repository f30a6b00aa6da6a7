"""Parameters, operations and training memory of each profile's networks: python -m tools.sizes [PROFILE ...].

Operations are for one image at the size of inference; a multiply-add counts as two. Memory is for a training in single
precision: weights, gradients, the optimizer's state, and the activations kept for the backward pass. Activations are
counted for one image on the CPU and multiplied by the images of one process. Temporary memory of convolutions is not
counted. bf16 halves most of the memory; activation_checkpointing saves most of the backbone's activations.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from mmcv.ops import DeformConv2d
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData, PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import face_parsing.training.muon  # noqa: F401  (registers the optimizer that configs name)
from face_parsing.core import paths
from face_parsing.core.errors import run
from face_parsing.core.framework_warnings import stdout_suppressed
from face_parsing.core.labels import LabelTable, read_labels
from face_parsing.core.model_names import MODEL_NAMES
from face_parsing.core.parameters import read
from face_parsing.detector.config import build_detector, detector_config
from face_parsing.parameters import Profile, Tree
from face_parsing.segmenter.architecture import Architecture
from face_parsing.segmenter.training_config import CropTraining, segmenter_config


def parameters_of(model: nn.Module) -> int:
    """Number of a model's weights."""
    return sum(weights.numel() for weights in model.parameters())


def operations_of(model: nn.Module, use: Callable[[], Any]) -> int:
    """Floating-point operations of one call of ``use``, which runs the model."""
    deformable = 0

    def count(layer: DeformConv2d, _inputs: Any, output: Tensor) -> None:
        nonlocal deformable
        deformable += 2 * output.numel() * layer.weight[0].numel()

    for layer in model.eval().modules():
        if isinstance(layer, DeformConv2d):  # torch's counter does not count mmcv's operator
            layer.register_forward_hook(count)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        use()
    return counter.get_total_flops() + deformable


def bytes_of(model: nn.Module, optim_wrapper: dict[str, Any], losses: Callable[[], Any], images: int) -> int:
    """Memory of a training in bytes.

    Args:
        model: The model, in any mode.
        optim_wrapper: Config of the optimizer wrapper.
        losses: Computes the model's losses of one image.
        images: Number of images of one process.
    """
    kept: dict[int, int] = {}
    own = {weights.untyped_storage().data_ptr() for weights in model.parameters()}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    wrapper = build_optim_wrapper(model.train(), optim_wrapper)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss, _ = model.parse_losses(losses())  # type: ignore[operator]
    wrapper.update_params(loss)
    states = [value for state in wrapper.optimizer.state.values() for value in state.values()]
    state = sum(value.nbytes for value in states if isinstance(value, Tensor))
    return images * sum(kept.values()) + 8 * parameters_of(model) + state


def segmenter_row(tree: Tree, profile: Profile, name: str, model_name: str, labels: LabelTable) -> list[float]:
    """Millions of parameters, GFLOPs of a crop, and GiB of a training of a segmenter."""
    schedule, seg = profile.segmenter, tree.seg
    path, weights = paths.segmenter_config(seg.backbone, name), [1.0] * len(labels)
    config = segmenter_config(
        Architecture(path, model_name, seg.layers, coarse_head=seg.coarse_head),
        seg.train,
        CropTraining(Path(), labels, weights, schedule, 100, seg.augment),
    )
    init_default_scope("mmseg")
    model = MODELS.build(config.model)
    side, tested = schedule.crop_size, profile.test.segment.crop_size
    truth = SegDataSample(gt_sem_seg=PixelData(data=torch.randint(0, len(labels), (1, side, side))))
    operations = operations_of(model, lambda: model(torch.rand(1, 3, tested, tested), mode="tensor"))
    images = schedule.batch_size // schedule.gradient_accumulation
    held = bytes_of(model, config.optim_wrapper, lambda: model.loss(torch.rand(1, 3, side, side), [truth]), images)
    return [parameters_of(model) / 1e6, operations / 1e9, held / 2**30]


def detector_row(profile: Profile, name: str) -> list[float]:
    """Millions of parameters, GFLOPs of a frame, and GiB of a training of the detector."""
    config = detector_config(paths.detector_config(name), profile.detector.pretrained is not None)
    config.optim_wrapper.optimizer.lr = profile.detector.lr
    model = build_detector(config)
    width, height = _shown_at(config, profile.clips.width, profile.clips.height)
    image = torch.rand(1, 3, height, width)
    face = InstanceData(
        bboxes=torch.tensor([[0.3 * width, 0.2 * height, 0.6 * width, 0.8 * height]]), labels=torch.zeros(1).long()
    )
    sample = DetDataSample(gt_instances=face)
    sample.set_metainfo(dict(img_shape=(height, width), pad_shape=(height, width), scale_factor=(1, 1)))
    images = profile.detector.batch_size // profile.detector.gradient_accumulation
    operations = operations_of(model, lambda: model.predict(image, [sample], rescale=False))  # type: ignore[operator]
    held = bytes_of(model, config.optim_wrapper, lambda: model.loss(image, [sample]), images)
    return [parameters_of(model) / 1e6, operations / 1e9, held / 2**30]


def _shown_at(config: Config, width: int, height: int) -> tuple[int, int]:
    """The largest size of a frame at the detector's input in training, that of the test; sides are multiples of 32."""
    longer, shorter = next(
        step.scale for step in config.test_dataloader.dataset.pipeline if step.type.rpartition(".")[2] == "Resize"
    )
    scale = min(longer / width, shorter / height)
    return tuple(-(-round(side * scale) // 32) * 32 for side in (width, height))  # type: ignore[return-value]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tools.sizes", description=__doc__)
    parser.add_argument("profiles", nargs="*", help="default: all")
    tree, labels = read("", Tree), read_labels(paths.DEFAULT_LABELS)
    chosen = parser.parse_args().profiles or list(tree.profiles)
    torch.manual_seed(0)
    print("| profile | network | parameters, M | GFLOPs | training, GiB |\n|---|---|---|---|---|")
    for name in chosen:
        profile = tree.profiles[name]
        with stdout_suppressed():
            rows = {"detector": detector_row(profile, name)}
            rows |= {model: segmenter_row(tree, profile, name, model, labels) for model in MODEL_NAMES}
        for network, row in rows.items():
            print(f"| {name} | {network} | {' | '.join(f'{value:.1f}' for value in row)} |", flush=True)


if __name__ == "__main__":
    run(main)
