"""Transforms of the data pipeline that mmcv and mmseg lack."""

import numpy as np
from mmcv.transforms import BaseTransform, Resize
from mmcv.transforms.utils import cache_randomness
from mmseg.registry import TRANSFORMS

from face_parsing.imaging.resizing import resized_image, resized_labels

SIDES = ("top", "bottom", "left", "right")


def padded_square(image: np.ndarray, value: int) -> np.ndarray:
    """Center an (H, W[, C]) array in the smallest square that holds it, filled with ``value``."""
    height, width = image.shape[:2]
    side = max(height, width)
    square = np.full((side, side, *image.shape[2:]), value, image.dtype)
    y, x = (side - height) // 2, (side - width) // 2
    square[y : y + height, x : x + width] = image
    return square


@TRANSFORMS.register_module()
class PartialFace(BaseTransform):
    """Keeps a random share of a crop, counted from a random side, as if a frame's edge cut the face.

    The kept part is centered in a padded square, so that the face keeps its proportions.

    Args:
        prob: Probability of a cut.
        shares: The shares of the side to choose from.
        pad_value: Gray value of the padding.
        ignore_index: Label of the padding.
    """

    def __init__(self, prob: float, shares: tuple[float, ...], pad_value: int, ignore_index: int = 255):
        self.prob = prob
        self.shares = shares
        self.pad_value = pad_value
        self.ignore_index = ignore_index

    @cache_randomness
    def _draw(self) -> tuple[str, float] | None:
        if np.random.rand() >= self.prob:
            return None
        return str(np.random.choice(SIDES)), float(np.random.choice(self.shares))

    def transform(self, results: dict) -> dict:
        """Cuts ``img`` (H, W, 3) and ``gt_seg_map`` (H, W) alike."""
        if (drawn := self._draw()) is not None:
            kept = kept_part(*results["img"].shape[:2], *drawn)
            results["img"] = padded_square(results["img"][kept], self.pad_value)
            results["gt_seg_map"] = padded_square(results["gt_seg_map"][kept], self.ignore_index)
            results["img_shape"] = results["img"].shape[:2]
        return results


def kept_part(height: int, width: int, side: str, share: float) -> tuple[slice, slice]:
    """The rows and columns of a ``share`` of an image, counted from ``side``."""
    rows, columns = max(1, round(height * share)), max(1, round(width * share))
    return {
        "top": (slice(0, rows), slice(None)),
        "bottom": (slice(height - rows, None), slice(None)),
        "left": (slice(None), slice(0, columns)),
        "right": (slice(None), slice(width - columns, None)),
    }[side]


@TRANSFORMS.register_module()
class RandomSquare(BaseTransform):
    """Cuts a random square out of a crop with context, as if its detection were inexact.

    Args:
        shares: Smallest and largest side of the square, as shares of the crop's side.
    """

    def __init__(self, shares: tuple[float, float]):
        self.shares = shares

    @cache_randomness
    def _draw(self) -> tuple[float, float, float]:
        return float(np.random.uniform(*self.shares)), *np.random.rand(2).tolist()

    def transform(self, results: dict) -> dict:
        """Cuts ``img`` (H, W, 3) and ``gt_seg_map`` (H, W) alike."""
        share, down, right = self._draw()
        height, width = results["img"].shape[:2]
        side = max(1, round(min(height, width) * share))
        return _cut(results, round((height - side) * down), round((width - side) * right), side)


def _cut(results: dict, top: int, left: int, side: int) -> dict:
    """Cut a square out of ``img`` (H, W, 3) and ``gt_seg_map`` (H, W)."""
    for key in ("img", "gt_seg_map"):
        results[key] = results[key][top : top + side, left : left + side]
    results["img_shape"] = (side, side)
    return results


@TRANSFORMS.register_module()
class MiddleSquare(BaseTransform):
    """Cuts out the middle of a crop with context, as inference does; predictions are scored at its size.

    Args:
        share: Side of the square, as a share of the crop's side.
    """

    def __init__(self, share: float):
        self.share = share

    def transform(self, results: dict) -> dict:
        """Cuts ``img`` (H, W, 3) and ``gt_seg_map`` (H, W) alike."""
        height, width = results["img"].shape[:2]
        side = max(1, round(min(height, width) * self.share))
        results["ori_shape"] = (side, side)
        return _cut(results, (height - side) // 2, (width - side) // 2, side)


@TRANSFORMS.register_module()
class AlignedResize(Resize):
    """mmcv's Resize to a fixed scale, with images resampled as at inference and labels aligned with them.

    mmcv shrinks images bilinearly, and its nearest-neighbour labels are half a pixel off.

    Args:
        labels: Whether to resize the label map too.
        kwargs: Resize's arguments.
    """

    def __init__(self, labels: bool = True, **kwargs):
        super().__init__(**kwargs)
        self.labels = labels

    def _resize_img(self, results: dict) -> None:
        results["img"] = resized_image(results["img"], self.scale)
        results["img_shape"] = results["img"].shape[:2]

    def _resize_seg(self, results: dict) -> None:
        if self.labels:
            results["gt_seg_map"] = resized_labels(results["gt_seg_map"], self.scale)


@TRANSFORMS.register_module()
class ColourJitter(BaseTransform):
    """mmseg's PhotoMetricDistortion of the pixels that are not ignored: padding keeps its gray, as at inference.

    Args:
        ignore_index: Label of the padding.
        kwargs: PhotoMetricDistortion's arguments.
    """

    def __init__(self, ignore_index: int = 255, **kwargs):
        # Built, not subclassed: importing mmseg's datasets prints warnings about missing packages.
        self.distortion = TRANSFORMS.build(dict(type="PhotoMetricDistortion", **kwargs))
        self.ignore_index = ignore_index

    def transform(self, results: dict) -> dict:
        """Distorts the colours of ``img`` (H, W, 3) uint8 where ``gt_seg_map`` (H, W) is not ignored."""
        before = results["img"]
        ignored = results["gt_seg_map"] == self.ignore_index
        results = self.distortion(results)
        results["img"] = np.where(ignored[..., None], before, results["img"])
        return results
