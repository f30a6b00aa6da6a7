"""Unwrapping of models from mmengine's wrappers."""

from typing import Any

from mmengine.model import is_model_wrapper
from torch import nn


def unwrapped(model: Any) -> nn.Module:
    """The model itself, without mmengine's distributed wrapper."""
    return model.module if is_model_wrapper(model) else model
