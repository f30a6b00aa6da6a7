"""The number of processes that share each batch of a training on this machine."""

from face_parsing.training.parameters import Machine, Training


def gpu_count() -> int:
    """The number of GPUs that torch finds."""
    # Imported here: it takes seconds, and most checks of parameters need no torch.
    import torch

    return torch.cuda.device_count()


def processes(training: Training, machine: Machine) -> int:
    """The parameters' number of GPUs; for auto the number of GPUs found, or without any ``cpu_processes``."""
    if training.gpus != "auto":
        return training.gpus
    return gpu_count() or machine.cpu_processes
