"""A segmenter's config: the named mmengine config with what the parameters and the label table say."""

from pathlib import Path

from mmengine.config import Config, ConfigDict
from mmengine.config.utils import MODULE2PACKAGE

# Imported for their registration in mmseg's registries.
import face_parsing.segmenter.backbone
import face_parsing.segmenter.heads
import face_parsing.segmenter.losses
import face_parsing.segmenter.segmentor
import face_parsing.segmenter.transforms  # noqa: F401
from face_parsing.pipeline.labels import IGNORE_INDEX, LabelTable
from face_parsing.pipeline.models import FUSION_OF, MODEL_NAMES
from face_parsing.segmenter.parameters import Augmentation, BackboneTraining, Layers, Schedule, SegmenterTraining

# The maintained fork of mmsegmentation goes by another distribution name; the module's own name finds its configs.
MODULE2PACKAGE["mmseg"] = "mmseg"

ALL_LAYERS = Layers(detail=True, dense_layers=True)


def model_config(path: Path, name: str, num_classes: int, layers: Layers = ALL_LAYERS) -> Config:
    """The config at ``path`` with its model made ``name``, one of MODEL_NAMES, for a number of classes.

    Of the layers that the config has, those stay that ``layers`` says.
    """
    config = Config.fromfile(path)
    for head in config.model.decode_head:
        head.num_classes = num_classes
    config.model.decode_head[-1].fusion = FUSION_OF[name]
    for layer, kept in layers:
        if not kept:
            config.model.decode_head[-1][layer] = None
    return config


def backbone_config(
    path: Path,
    labels: LabelTable,
    training: BackboneTraining,
    augmentation: Augmentation,
    crops: Path,
    class_weight: list[float],
) -> Config:
    """The config of the training of the backbone with the coarse head; the arguments are those of training_config."""
    config = model_config(path, MODEL_NAMES[0], len(labels))
    config.model.num_stages = 1
    config.model.decode_head = config.model.decode_head[:1]
    cross_entropy, lovasz = config.model.decode_head[0].loss_decode
    _weight_classes(cross_entropy, class_weight)
    lovasz.loss_weight = training.lovasz
    config = _with_schedule(config, labels, training, augmentation, crops)
    # The rate stays up: the trainings that start from this backbone bring it down, once for all.
    config.param_scheduler = config.param_scheduler[:1]
    return config


def training_config(
    path: Path,
    name: str,
    labels: LabelTable,
    training: SegmenterTraining,
    augmentation: Augmentation,
    crops: Path,
    class_weight: list[float],
    layers: Layers = ALL_LAYERS,
) -> Config:
    """The whole training's config.

    Args:
        path: The segmenter's config file.
        name: One of MODEL_NAMES.
        labels: The classes; their mirror partners swap in a flip.
        training: Schedule, sizes and loss weights.
        augmentation: What the parameters say of it; the rest is the config's.
        crops: A folder of images/ and labels/.
        class_weight: Of all cross entropies, a weight a class.
        layers: Which of its config's layers the model has.
    """
    config = model_config(path, name, len(labels), layers)
    coarse, final = config.model.decode_head
    weights = training.loss
    for head, weight in ((coarse, weights.aux), (final, weights.seg)):
        cross_entropy, lovasz = head.loss_decode
        cross_entropy.loss_weight = weight
        _weight_classes(cross_entropy, class_weight)
        lovasz.loss_weight = weight * weights.lovasz
    final.edge_width = training.edge_width
    final.class_weight = class_weight
    final.loss_edge.loss_weight = final.loss_edge.get("loss_weight", 1.0) * weights.edge
    final.loss_attention.loss_weight = weights.attention
    _weight_classes(final.loss_attention, class_weight)
    return _with_schedule(config, labels, training, augmentation, crops)


def _weight_classes(cross_entropy: ConfigDict, class_weight: list[float]) -> None:
    # With class weights mmseg's mean leaves ignored pixels out by itself, and asked for it too, it fails.
    cross_entropy.update(class_weight=class_weight, avg_non_ignore=False)


def _with_schedule(
    config: Config, labels: LabelTable, training: Schedule, augmentation: Augmentation, crops: Path
) -> Config:
    """A model's config with the data pipeline and the schedule of its training."""
    size = (training.crop_size, training.crop_size)
    config.model.data_preprocessor.size = size
    pairs = labels.mirror_pairs if augmentation.swap else None
    settings = config.augmentation
    pipeline = [
        dict(type="LoadImageFromFile"),
        dict(type="LoadAnnotations"),
        dict(type="RandomSquare", **settings.square),
        dict(type="PartialFace", prob=augmentation.partial, **settings.partial),
        dict(type="AlignedResize", scale=size),
        dict(type="RandomFlip", prob=0.5, swap_seg_labels=pairs),
        dict(type="RandomRotate", seg_pad_val=IGNORE_INDEX, **settings.rotation),
        dict(type="ColourJitter", **settings.colour),
        dict(type="PackSegInputs"),
    ]
    config.train_dataloader = dict(
        batch_size=training.batch_size,
        num_workers=0,  # a batch takes a twentieth of a step to load, and workers would fight for the cores
        drop_last=True,
        sampler=dict(type="InfiniteSampler", shuffle=True),
        dataset=dict(
            type="BaseSegDataset",
            data_root=str(crops),
            data_prefix=dict(img_path="images", seg_map_path="labels"),
            metainfo=dict(classes=labels.names, palette=[list(label.color) for label in labels.labels]),
            pipeline=pipeline,
        ),
    )
    config.default_scope = "mmseg"
    config.optim_wrapper.optimizer.lr = training.lr
    warmup = min(training.iterations // 20, 1000)
    rise = dict(type="LinearLR", start_factor=0.05, end=warmup, by_epoch=False)
    fall = dict(type="CosineAnnealingLR", begin=warmup, end=training.iterations, eta_min_ratio=0.01, by_epoch=False)
    # mmengine has no schedule without iterations.
    config.param_scheduler = [s for s, length in ((rise, warmup), (fall, training.iterations)) if length]
    return config
