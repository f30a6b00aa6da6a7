#!/usr/bin/env bash
# Makes .venv with the pinned dependencies. Run by make, which then finds .venv/complete, written last.
#
# Packages come from wherever pip is configured to look. On the public index, torch's Linux build is the CUDA one (some
# gigabytes); to have the CPU build, point pip at PyTorch's CPU index first (`pip config set global.extra-index-url ...`).
# A CUDA machine needs nothing else than its toolkit: mmcv compiles its CUDA operators where torch sees a GPU.
set -euo pipefail
cd "$(dirname "$0")"

fail() {
    echo "error: $*" >&2
    exit 1
}

fitting_python() {
    local python
    for python in ${PYTHON:-python3.11 python3.12 python3.10 python3}; do
        if "$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    fail "no Python 3.10 to 3.12 (tried ${PYTHON:-python3.11, 3.12, 3.10 and python3}); name one: PYTHON=/path make"
}

# Names the Debian packages that mmcv's build and OpenCV need and this machine lacks.
missing_packages() {
    command -v c++ >/dev/null || echo g++
    "$1" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    "$1" - <<'PROBE'
import ctypes, os, sysconfig

if not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")):
    print("python3-dev")
for library, package in {"libGL.so.1": "libgl1", "libgthread-2.0.so.0": "libglib2.0-0"}.items():
    try:
        ctypes.CDLL(library)
    except OSError:
        print(package)
PROBE
}

python=$(fitting_python)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
    echo "For tests only: no Chromium, so the report's tests will be skipped; on Debian: apt-get install chromium"
missing=$(missing_packages "$python" | xargs)
[[ -z $missing ]] || fail "missing: $missing; on Debian: apt-get install $missing"

# An interrupted set-up can leave half a package behind that pip takes for a whole one, so it is started over.
[[ -e .venv/complete ]] || "$python" -m venv --clear .venv
rm -f .venv/complete
python=.venv/bin/python
install=("$python" -m pip install --constraint constraints.txt --no-build-isolation)

# onedl-mmcv compiles its operators against the torch that it finds here, so torch and the build tools come first, and
# no build makes an environment of its own (which would bring another torch).
"${install[@]}" torch ninja numpy packaging psutil setuptools wheel

# Four fifths of the time that mmcv takes to compile goes into torch's headers, once for each of its files. This compiler
# precompiles them with the flags of the first file that it is given. GCC passes over a header that does not fit.
precompiling_compiler() {
    mkdir -p "$1"
    echo '#include <torch/types.h>' >"$1/torch.hpp"
    cat >"$1/c++" <<'COMPILER'
#!/usr/bin/env bash
header=$(dirname "$0")/torch.hpp
[[ " $* " == *" -c "*.cpp\ * ]] || exec c++ "$@"
flags=()
skip=
for argument; do
    case $skip$argument in
        -c | -MMD) ;;
        -o | -MF) skip=yes ;;
        yes*) skip= ;;
        *.cpp) ;;
        *) flags+=("$argument") ;;
    esac
done
(
    flock 9
    [[ -e $header.gch ]] || c++ "${flags[@]}" -x c++-header "$header" -o "$header.gch"
) 9>"$header.lock"
exec c++ -include "$header" "$@"
COMPILER
    chmod +x "$1/c++"
}

compile() {
    local compiler=${CXX:-c++} folder=
    if [[ -z ${CXX:-} ]] && c++ --version | grep -q "Free Software Foundation" && command -v flock >/dev/null; then
        folder=$(mktemp -d)
        precompiling_compiler "$folder"
        compiler=$folder/c++
    fi
    local status=0
    CFLAGS=-g0 CXX=$compiler MAX_JOBS=$(nproc) "${install[@]}" "$@" || status=$?
    rm -rf "$folder"
    return $status
}
echo "Next: onedl-mmcv is compiled here unless pip has its wheel (2 to 20 minutes on 2 cores; without a word from pip)."
compile --editable '.[train,dev]' || fail "set-up failed (above); a GPU also needs nvcc of torch's CUDA version for onedl-mmcv"

operators_work() {
    "$python" - <<'PROBE'
import torch, mmcv.ops

# An operator is run; asked for the CUDA that it was compiled with, mmcv crashes under CUDA 13.
if torch.cuda.is_available():
    mmcv.ops.nms(torch.zeros(1, 4).cuda(), torch.zeros(1).cuda(), 0.5)
PROBE
}
# pip's cache tells no wheel compiled against another torch, or without CUDA, from the one that is needed now.
if ! operators_work 2>/dev/null; then
    compile --no-cache-dir --no-deps --force-reinstall onedl-mmcv
    operators_work || fail "onedl-mmcv $("$python" -m pip show onedl-mmcv | sed -n 's/^Version: //p') does not load"
fi

touch .venv/complete
