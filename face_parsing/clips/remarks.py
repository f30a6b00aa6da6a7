"""Remarks on metrics near 0. The stages that measure print them, and the report shows them.

>>> score_remark(0.754) is None
True
"""

NEAR_ZERO = 0.01  # of JF: an untrained model's is lower, and one that has learned the larger classes is far above


def detection_remark(recall: float | None) -> str | None:
    """A remark if no test face is found.

    Args:
        recall: Recall at IoU 0.5; None if there is no test face.

    >>> detection_remark(0.98) is None
    True
    """
    if recall is None or recall > 0:
        return None
    return (
        "no box matches a test face (recall 0 at IoU 0.5), so the models parse wrong crops or whole frames; "
        "unless det.test.finder is whole_frame, train the detector longer or check its training boxes"
    )


def score_remark(jf: float | None) -> str | None:
    """A remark if the score of the result is near 0.

    Args:
        jf: JF of the result, from 0 to 1.
    """
    if jf is None or jf >= NEAR_ZERO:
        return None
    return (
        f"JF under {NEAR_ZERO} is that of an untrained model: hardly a pixel is right; "
        "train longer, or check the label maps"
    )
