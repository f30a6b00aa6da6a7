"""The names of the segmentation models, which their files, metrics and stages share."""

from typing import Literal, get_args

Model = Literal["ocrnet", "eanet_add", "eanet_cat"]
MODEL_NAMES: tuple[Model, ...] = get_args(Model)
ENSEMBLE = "ensemble"
PREDICTIONS = (*MODEL_NAMES, ENSEMBLE)
RESULT = "result"  # the delivered prediction after GrabCut

# The parameter seg.fusion chooses the delivered prediction by its feature fusion. This maps it to the model.
Fusion = Literal["none", "add", "cat", "vote"]
MODEL_OF: dict[str, str] = dict(zip(get_args(Fusion), PREDICTIONS, strict=True))
FUSION_OF: dict[str, str] = {model: fusion for fusion, model in MODEL_OF.items()}
