"""The package's contents: the library, and of weights/ the exported models as face_parsing.bundled."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["face_parsing", "face_parsing.*"]), "face_parsing.bundled"],
    package_dir={"face_parsing.bundled": "weights"},
    package_data={
        "face_parsing": ["py.typed"],
        "face_parsing.bundled": ["README.md", "exported/*"],
        "face_parsing.demo": ["page/*"],
        "face_parsing.report": ["*.html"],
    },
)
