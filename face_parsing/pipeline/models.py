"""The names of the segmentation models: of their files, metrics and stages, wherever a model is named."""

from typing import Literal, get_args

Model = Literal["ocrnet", "eanet_add", "eanet_cat"]
MODEL_NAMES: tuple[Model, ...] = get_args(Model)
ENSEMBLE = "ensemble"
PREDICTIONS = (*MODEL_NAMES, ENSEMBLE)
RESULT = "result"  # the delivered prediction after GrabCut

# The parameter seg.fusion says which features are fused in what is delivered; here is which model that is.
Fusion = Literal["none", "add", "cat", "vote"]
MODEL_OF: dict[str, str] = dict(zip(get_args(Fusion), PREDICTIONS, strict=True))
FUSION_OF: dict[str, str] = {model: fusion for fusion, model in MODEL_OF.items()}
