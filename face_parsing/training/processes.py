"""How many processes share each batch of a training on this machine."""

from face_parsing.training.parameters import Machine, Training


def gpu_count() -> int:
    """The GPUs that torch finds."""
    # Imported here, since it takes seconds and parameters are checked without it.
    import torch

    return torch.cuda.device_count()


def processes(training: Training, machine: Machine) -> int:
    """As many as there are GPUs, or as the parameters say."""
    if training.gpus != "auto":
        return training.gpus
    return gpu_count() or machine.cpu_processes
