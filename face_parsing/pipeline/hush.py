"""The frameworks' talk kept from the terminal, where a stage's progress and its summary belong."""

import warnings

FRAMEWORKS = r"(mmcv|mmdet|mmengine|mmseg|torch)(\.|$)"


def hush_frameworks() -> None:
    """Pass over the warnings that the frameworks' own modules raise, in this process."""
    warnings.filterwarnings("ignore", module=FRAMEWORKS)
