#!/usr/bin/env bash
# Fetches into tests/gpu/wheels (which git ignores) what tests/gpu/run.sh needs on a machine that has a GPU, a CUDA torch,
# numpy, OpenCV and nvcc, but no network. Usage: tests/gpu/bring.sh [PYTHON_VERSION_THERE], 3.12 by default.
set -euo pipefail
cd "$(dirname "$0")"

# What a machine for torch has, and what its trainings don't touch: exports, corruptions, plots.
there='^(torch|torchvision|triton|nvidia|cuda|numpy|scipy|pandas|opencv|matplotlib|pillow|setuptools|pip|wheel|ninja)'
there+='|^(sympy|mpmath|networkx|jinja2|fsspec|filelock|contourpy|cycler|fonttools|kiwisolver|python-dateutil|six)='
untouched='^(onnx|numba|llvmlite|scikit|imageio|tifffile|lazy)'
platforms=()
for version in 2_28 2_27 2_17 2_5; do
    platforms+=(--platform "manylinux_${version}_x86_64")
done
wheel() {
    ../../.venv/bin/python -m pip download --quiet --no-deps --dest wheels "$@"
}

rm -rf wheels
mkdir wheels
../../.venv/bin/python - <<'CLOSURE' | grep -Eiv "$there|$untouched" >wheels/names
"""The packages that this project takes to run and to be tested, with the versions that are installed here."""
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

todo, found = ["face-parsing-pipeline", "pytest", "pytest-xdist", "hypothesis", "psutil"], {}
while todo:
    name = todo.pop()
    if name in found:
        continue
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        continue
    needs = map(Requirement, requires(name) or [])
    todo += [each.name for each in needs if each.marker is None or each.marker.evaluate({"extra": ""})]
found.pop("face-parsing-pipeline")
print(*(f"{name}=={number}" for name, number in found.items()), sep="\n")
CLOSURE
while read -r package; do
    if [[ $package == onedl-mmcv==* ]]; then
        wheel --no-binary :all: --no-build-isolation "$package" # compiled there, for its GPU
    else
        wheel --only-binary :all: --python-version "${1:-3.12}" --implementation cp "${platforms[@]}" "$package" 2>/dev/null ||
            ../../.venv/bin/python -m pip wheel --quiet --no-deps --wheel-dir wheels "$package"
    fi
done <wheels/names
rm wheels/names
du -sh wheels
