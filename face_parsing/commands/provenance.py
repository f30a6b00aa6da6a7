"""Show how model files were trained: parameters, classes, code, data, packages."""

import argparse
import sys

from ruamel.yaml import YAML

from face_parsing.provenance.record import read_provenance


def main(arguments: argparse.Namespace) -> None:
    """Print the provenance of each model file as YAML, keyed by its path."""
    YAML().dump({str(path): read_provenance(path) for path in arguments.models}, sys.stdout)
