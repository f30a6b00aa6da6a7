"""Loading initial weights: the tensors of a checkpoint that fit a model. Other tensors keep their values."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from face_parsing.checkpoints.model_file import is_url, read_checkpoint
from face_parsing.core.errors import PipelineError


@dataclass(frozen=True)
class Pretrained:
    """Checkpoints that a training starts from, and how they are loaded into the network.

    Attributes:
        sources: Files, http(s) URLs (kept in torch's hub cache), or names for which mmengine has a URL, such as
            open-mmlab://msra/hrnetv2_w48. Later ones override earlier ones. Empty for random weights.
        labels: Names of the model's classes; empty if unknown.
        class_axes: Axes of tensors that index classes, or start with them, by a regular expression of the name.
        data_tensors: Endings of the names of tensors that describe the training data. They are never loaded.
        convert: Converts another project's state dict to the model's names.
    """

    sources: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    class_axes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    data_tensors: tuple[str, ...] = ()
    convert: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict

    def files(self) -> list[Path]:
        """The checkpoints that are files.

        Raises:
            PipelineError: a file is missing.
        """
        files = [Path(source) for source in self.sources if not is_url(source)]
        for file in files:
            if not file.is_file():
                raise PipelineError(f"{file}: missing; expected a model's weights")
        return files

    def load(self, model: torch.nn.Module) -> list[str]:
        """Load the fitting weights of all checkpoints into a model without a wrapper.

        Returns:
            A report of the loaded and the ignored tensors for each checkpoint.

        Raises:
            PipelineError: see :meth:`load_checkpoint`.
        """
        return [self.load_checkpoint(source, model) for source in self.sources]

    def load_checkpoint(self, source: str, model: torch.nn.Module) -> str:
        """Load the tensors of one checkpoint whose names and shapes fit. The model's other tensors keep their values.

        The checkpoint holds a state dict, or a dict with one at ``state_dict`` or ``model``. A checkpoint of a
        backbone, such as those of ImageNet, fits the model's backbone. In a model file of this
        pipeline, shared classes are matched by name. The weights of the model's other classes keep their values.

        Returns:
            A report of the loaded and the ignored tensors.

        Raises:
            PipelineError: the checkpoint can't be read or downloaded, or none of its weights fits.
        """
        saved = read_checkpoint(source)
        state_dict: Any = saved.get("state_dict", saved.get("model", saved)) if isinstance(saved, dict) else {}
        weights = {str(k): v for k, v in self.convert(state_dict).items() if not str(k).endswith(self.data_tensors)}
        own = model.state_dict()
        saved_labels = labels_of(saved)
        names_differ = bool(self.labels and saved_labels and list(self.labels) != saved_labels)
        if names_differ:
            weights = {k: self.by_class(k, v, own[k], saved_labels) if k in own else v for k, v in weights.items()}

        def fitting(prefix: str) -> dict[str, torch.Tensor]:
            named = {prefix + name: weight for name, weight in weights.items()}
            return {k: v for k, v in named.items() if k in own and getattr(v, "shape", None) == own[k].shape}

        prefix = max(("", "backbone."), key=lambda prefix: len(fitting(prefix)))
        loaded = fitting(prefix)
        if not loaded:
            raise PipelineError(
                f"{source}: none of its weights fits the configured model; expected weights of the same network"
            )
        model.load_state_dict(loaded, strict=False)
        # Checkpoints of old torch versions lack the normalizations' batch counters, which nothing reads.
        ignored = ("num_batches_tracked", *self.data_tensors)
        absent = [name for name in own.keys() - loaded.keys() if not name.endswith(ignored)]
        new = [name for name in self.labels if name not in saved_labels]
        return "\n".join(
            [
                f"{source}: {len(loaded)} of its {len(weights)} tensors loaded, into a model of {len(own)}",
                *([f"  classes matched by name: {len(self.labels) - len(new)} of {len(self.labels)}"] * names_differ),
                *([f"  classes not in it, left as initialized: {', '.join(new)}"] if names_differ and new else []),
                *_by_layer("not in it, left as initialized", absent),
                *_by_layer("not of the model, or of another shape", {prefix + k for k in weights} - loaded.keys()),
            ]
        )

    def by_class(self, name: str, weight: Any, own: torch.Tensor, saved_labels: Sequence[str]) -> Any:
        """A checkpoint's tensor with shared classes moved to the model's indices, and other classes taken from ``own``.

        Args:
            name: The tensor's name. A tensor without an axis in ``class_axes`` is returned unchanged.
            weight: The checkpoint's value. A value that is no tensor is returned unchanged.
            own: The model's tensor. If the shapes differ in more than the classes, ``weight`` is returned unchanged.
            saved_labels: Names of the checkpoint's classes.
        """
        axes = next((axes for pattern, axes in self.class_axes.items() if re.search(pattern, name)), ())
        if not axes or not isinstance(weight, torch.Tensor) or weight.ndim != own.ndim:
            return weight
        shared = [label for label in self.labels if label in saved_labels]
        targets, origins = [], []
        for axis, (length, saved_length) in enumerate(zip(own.shape, weight.shape, strict=True)):
            classes, saved_classes = (len(self.labels), len(saved_labels)) if axis in axes else (0, 0)
            if length - classes != saved_length - saved_classes:
                return weight
            matched_labels = shared if axis in axes else []
            targets.append([*map(self.labels.index, matched_labels), *range(classes, length)])
            origins.append([*map(saved_labels.index, matched_labels), *range(saved_classes, saved_length)])
        matched = own.clone()
        matched[np.ix_(*targets)] = weight[np.ix_(*origins)].to(own)
        return matched


def labels_of(saved: Any) -> list[str]:
    """The names of a model file's classes; empty for other checkpoints, which don't store them."""
    labels = saved.get("labels") if isinstance(saved, dict) else None
    return [str(name) for name in labels] if isinstance(labels, list) else []


def _by_layer(what: str, names: Iterable[str]) -> list[str]:
    """One line for each kind of layer, with its number of tensors. Numbers in names don't distinguish kinds."""
    layers = Counter(re.sub(r"\d+", "*", name.rpartition(".")[0]) or name for name in names)
    return [f"  {what}: {layer} ({count})" for layer, count in sorted(layers.items())]
