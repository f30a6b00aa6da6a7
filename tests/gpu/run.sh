#!/usr/bin/env bash
# All that takes a GPU: mmcv's operators compiled for it, tests.gpu.check, and the published recipe for as long as there
# is time. Usage, in the repository's root: tests/gpu/run.sh OUT [SECONDS]; 580 seconds by default.
# Without a network bring packages by tests/gpu/bring.sh.
set -uo pipefail
mkdir -p "$1"
out=$(realpath "$1")
deadline=$((SECONDS + ${2:-580}))
site=$(mktemp -d)
mkdir "$site/bin"
left() { echo $((deadline - SECONDS > 1 ? deadline - SECONDS : 1)); }

if ! nvidia-smi --query-gpu=name,memory.total,compute_cap --format=csv,noheader 2>/dev/null; then
    echo "no GPU: nothing was measured"
    exit 1
fi
# No link: a virtual environment's Python finds its packages by the path that it is called by.
printf '#!/bin/sh\nexec "%s" "$@"\n' "$(command -v python3)" >"$site/bin/python"
chmod +x "$site/bin/python"
export PATH=$site/bin:$PATH PYTHONPATH=$site:$PWD PYTHONUNBUFFERED=1
export TORCH_CUDA_ARCH_LIST FORCE_CUDA=1 MMCV_WITH_OPS=1 MAX_JOBS
TORCH_CUDA_ARCH_LIST=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1)
MAX_JOBS=$(nproc)

stages=""
if compgen -G "tests/gpu/wheels/*.whl" >/dev/null; then
    install=(python -m pip install --quiet --no-index --no-deps --no-compile --target "$site")
    "${install[@]}" tests/gpu/wheels/*.whl
    python -m compileall -q "$site" >/dev/null 2>&1 & # or each stage's imports would compile
    timeout "$(left)" nice -n 19 "${install[@]}" --no-build-isolation tests/gpu/wheels/onedl*mmcv*.tar.gz >"$out/mmcv.log" 2>&1 &
    compiling=$!
    python -m tests.gpu.check "$out" "$(left)" --only machine,kernels # they take torch alone
    wait "$compiling"
    echo "mmcv compiled: exit $? after $SECONDS s"
    stages=operators,cold,segmenter,detector,trace,syncs,data,train,mmseg,tests
fi
python -m tests.gpu.check "$out" "$(left)" --only "$stages"

project=$(mktemp -d)
git ls-files --cached --others --exclude-standard | grep -v '^tests/gpu/wheels' | tar -cT - | tar -xC "$project"
cd "$project" && git init -q && git add -A && git -c user.name=t -c user.email=t commit -qm t
timeout "$(left)" bash -c "python -m dvc repro check && python -m dvc exp run -S profile=paper \
    -S profiles.paper.detector.pretrained=null -S profiles.paper.segmenter.pretrained=null \
    -S profiles.paper.clips.count.train=40 -S profiles.paper.clips.count.val=4 -S profiles.paper.clips.count.test=4" \
    >"$out/paper.log" 2>&1
echo "paper: exit $? (124: cut off, as meant); logs: $out"
