#!/usr/bin/env bash
# All that takes a GPU, in one go within ten minutes: mmcv's operators compiled for it, the tests of the trainings, the
# training's speed against mmseg's own Runner, and the published recipe for as long as there is time.
# Usage, in the repository's root: tests/gpu/run.sh OUT [SECONDS]. Without a network bring packages by tests/gpu/bring.sh.
set -uo pipefail
out=$(realpath "$1")
deadline=$((SECONDS + ${2:-580}))
site=$(mktemp -d)
mkdir -p "$out" "$site/bin"
missed=()

left() { echo $((deadline - SECONDS > 1 ? deadline - SECONDS : 1)); }
# Runs a step within its seconds or what is left of all, and goes on whatever comes of it.
step() {
    local name=$1 seconds=$2 started=$SECONDS
    shift 2
    ((seconds < $(left))) || seconds=$(left)
    timeout "$seconds" "$@" >"$out/$name.log" 2>&1
    local code=$?
    echo "$name: exit $code after $((SECONDS - started)) s; $(tail -n 1 "$out/$name.log" | tr '\r' '\n' | tail -n 1 | cut -c1-160)"
    ((code == 0)) || missed+=("$name")
}

if ! nvidia-smi --query-gpu=name,memory.total,compute_cap --format=csv,noheader; then
    echo "no GPU: nothing was checked of operators, speed and the published recipe"
    exit 1
fi
python=$(command -v python3)
# No link: a virtual environment's Python finds its packages by the path that it is called by.
printf '#!/bin/sh\nexec "%s" "$@"\n' "$python" >"$site/bin/python"
chmod +x "$site/bin/python"
export PATH=$site/bin:$PATH PYTHONPATH=$site:$PWD PYTHONUNBUFFERED=1
export TORCH_CUDA_ARCH_LIST FORCE_CUDA=1 MMCV_WITH_OPS=1 MAX_JOBS
TORCH_CUDA_ARCH_LIST=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1)
MAX_JOBS=$(nproc)

if compgen -G "tests/gpu/wheels/*.whl" >/dev/null; then
    step packages 90 python -m pip install --no-index --no-deps --no-compile --target "$site" tests/gpu/wheels/*.whl
    step operators 330 python -m pip install --no-index --no-deps --no-build-isolation --no-compile --target "$site" \
        tests/gpu/wheels/onedl*mmcv*.tar.gz
fi
step versions 30 python -c "import torch, mmcv; print('torch', torch.__version__, 'mmcv', mmcv.__version__)"
step tests 120 python -m pytest -q -p no:cacheprovider tests/gpu/test_gpu.py
step speed 200 python -m tests.benchmarks.bench_training --profile paper
project=$(mktemp -d)
git ls-files --cached --others --exclude-standard | grep -v '^tests/gpu/wheels' | tar -cT - | tar -xC "$project"
(cd "$project" && git init -q && git add -A && git -c user.name=t -c user.email=t commit -qm t)
step paper "$(left)" bash -c "cd '$project' && python -m dvc repro check >/dev/null &&
    python -m dvc exp run -S profile=paper -S profiles.paper.detector.pretrained=null \
    -S profiles.paper.segmenter.pretrained=null -S profiles.paper.clips.count.train=40 \
    -S profiles.paper.clips.count.val=4 -S profiles.paper.clips.count.test=4"
echo "logs: $out"
((${#missed[@]} == 0)) || echo "not whole, see the logs: ${missed[*]} (of paper a timeout is as meant: it is cut off)"
