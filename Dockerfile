# The environment with mmcv compiled, for the pipeline.
#   CPU:   docker build -t face-parsing .
#   CUDA:  docker build -t face-parsing --build-arg BASE=nvidia/cuda:12.8.1-cudnn-devel-ubuntu24.04 .
#   Run:   docker run --rm -it -v "$PWD":/data face-parsing      (with --gpus all on a CUDA machine)
# torch's public Linux build is the CUDA one. For the small CPU build, pass the address of PyTorch's CPU index:
#   --build-arg PIP_EXTRA_INDEX_URL=...
ARG BASE=debian:bookworm
FROM ${BASE}

ARG PIP_EXTRA_INDEX_URL=
ENV PIP_EXTRA_INDEX_URL=${PIP_EXTRA_INDEX_URL} DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates g++ git libgl1 libglib2.0-0 make python3 python3-dev python3-venv \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /project
# What setup.sh installs from, first: an edit of the code does not compile mmcv again.
COPY Makefile setup.sh setup.py pyproject.toml constraints.txt README.md ./
COPY face_parsing/__init__.py face_parsing/__init__.py
COPY weights weights
RUN make setup
COPY . .

ENV PATH=/project/.venv/bin:${PATH}
CMD ["bash"]
