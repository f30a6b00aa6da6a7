"""A profile's section ``detector``: its initial weights, and its training."""

from face_parsing.pipeline.schedules import Schedule


class Detector(Schedule):
    """What the detector's backbone starts from, and the schedule."""

    pretrained: str | None
