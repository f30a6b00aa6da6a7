"""A profile's section ``detector``: initial weights and training schedule."""

from face_parsing.core.schedules import Schedule


class DetectorSchedule(Schedule):
    """The detector's training schedule.

    Attributes:
        pretrained: Initial weights (see :func:`face_parsing.checkpoints.initial_weights.initial_weights`).
    """

    pretrained: str | None
