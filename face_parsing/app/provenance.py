"""Show what model files were trained with: parameters, classes, code, data, packages."""

import argparse
import sys

from ruamel.yaml import YAML

from face_parsing.pipeline.model_file import read_provenance


def main(arguments: argparse.Namespace) -> None:
    """Print the provenance of each model file as YAML, under its path."""
    YAML().dump({str(path): read_provenance(path) for path in arguments.models}, sys.stdout)
