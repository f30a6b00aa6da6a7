"""What the stages of tests.gpu.check share: facts as JSON lines, and times of the host and the GPU."""

import json
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch

START = time.perf_counter()


@dataclass(frozen=True)
class Run:
    """The settings of a stage.

    Attributes:
        out: Folder for what is no line, such as traces.
        pictures: Folder that the stages share for the pictures that they train on.
        profile: The profile in params.yaml.
    """

    out: Path
    pictures: Path
    profile: str

    @property
    def gpu(self) -> bool:
        """Whether there is a GPU; without one the stage is rehearsed."""
        return torch.cuda.is_available()

    @property
    def device(self) -> str:
        """torch's name of the device."""
        return "cuda" if self.gpu else "cpu"

    def side(self, cells: int) -> int:
        """A size, in a rehearsal an eighth of it."""
        return cells if self.gpu else max(cells // 8, 1)

    def times(self, count: int) -> int:
        """A count or seconds, in a rehearsal at most two."""
        return count if self.gpu else min(count, 2)

    def synchronize(self) -> None:
        """Wait for the GPU."""
        if self.gpu:
            torch.cuda.synchronize()

    def milliseconds(self, call: Callable[[], object], repeats: int = 10) -> float:
        """The time of a call, its kernels included: the mean of several, after three others."""
        for _ in range(self.times(3)):
            call()
        self.synchronize()
        start = time.perf_counter()
        for _ in range(self.times(repeats)):
            call()
        self.synchronize()
        return 1e3 * (time.perf_counter() - start) / self.times(repeats)


def say(**facts: object) -> None:
    """Print facts as a line of JSON, with the seconds since the stage's start."""
    rounded = {name: round(fact, 4) if isinstance(fact, float) else fact for name, fact in facts.items()}
    print(json.dumps({"at": round(time.perf_counter() - START, 1), **rounded}), flush=True)


def peak_gib(run: Run) -> float | None:
    """The most GPU memory that tensors had; None without a GPU."""
    return torch.cuda.max_memory_allocated() / 2**30 if run.gpu else None


class Marks:
    """Times between points of a step: of the GPU, by events, and of the host, which only launches.

    Args:
        run: Says whether there is a GPU.
    """

    def __init__(self, run: Run):
        self.run, self.on = run, False
        self.gpu: dict[str, list[float]] = defaultdict(list)
        self.host: dict[str, list[float]] = defaultdict(list)
        self.points: list[tuple[str, torch.cuda.Event | None, float]] = []

    def mark(self, part: str) -> None:
        """Mark the end of a part of the step."""
        if self.on:
            event = torch.cuda.Event(enable_timing=True) if self.run.gpu else None
            if event is not None:
                event.record()
            self.points.append((part, event, time.perf_counter()))

    def after(self, owner: Any, method: str, part: str) -> None:
        """Mark the end of a part whenever an object's method returns."""
        call = getattr(owner, method)

        def marked(*args: Any, **kwargs: Any) -> Any:
            result = call(*args, **kwargs)
            self.mark(part)
            return result

        setattr(owner, method, marked)

    def close(self) -> None:
        """End a step: wait for the GPU, and keep the times between its points."""
        self.run.synchronize()
        for (_, event, moment), (part, next_event, next_moment) in zip(self.points, self.points[1:], strict=False):
            self.host[part].append(1e3 * (next_moment - moment))
            if event is not None and next_event is not None:
                self.gpu[part].append(event.elapsed_time(next_event))
        self.points = []

    def tell(self) -> None:
        """Print the median milliseconds of each part."""
        for device, times in (("host", self.host), ("gpu", self.gpu)):
            if times:
                parts = {part: round(median(values), 2) for part, values in times.items()}
                say(ms_of=device, **parts, whole=sum(parts.values()))
