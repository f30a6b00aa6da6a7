"""Show what model files were trained with: parameters, classes, code, data, packages. No stage, but of their work."""

import argparse
import sys
from pathlib import Path

from ruamel.yaml import YAML

from stages.pipeline.entry import run
from stages.training.checkpoint import read_provenance


def main() -> None:
    """Print the provenance of each model file as YAML, under its path."""
    parser = argparse.ArgumentParser(prog="python -m stages.provenance", description=__doc__)
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL", help="such as models/detector.pth")
    paths = parser.parse_args().models
    YAML().dump({str(path): read_provenance(path) for path in paths}, sys.stdout)


if __name__ == "__main__":
    run(main)
