"""Every command of the docs is run as it is typed, page by page in a repository of its own, or is listed here."""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import cv2
import pandas as pd
import pytest

from face_parsing.imaging.pictures import read_image
from tests.docs_pages import PAGES, ROOT, blocks, commands, commands_of, name_of
from tests.face_parsing.sources.folders import FOLDERS
from tests.object_storage import empty_bucket, s3_server
from tests.repositories import SMALLEST_OF_A_PROFILE, commit, environment, run, set_parameters

INTERNET = "installs or downloads from the internet"
GPU = "needs a GPU"
CLUSTER = "needs several machines; tests/test_cluster.py runs the stages on Dask workers"
SLURM = "needs Slurm"
SUITE = "runs tests, or what continuous integration runs before them"
SWEEP = "takes hours even on the smallest data"
PLACEHOLDER = "holds a placeholder that is the reader's own"
# What no test runs: the page, the command as the page has it, and why.
NOT_RUN: dict[str, dict[str, str]] = {
    "README.md": {
        "git clone <this repository> face-parsing && cd face-parsing": PLACEHOLDER,
        "python3 -m venv parse && source parse/bin/activate && pip install .": INTERNET,
        "make setup": INTERNET,
    },
    "CONTRIBUTING.md": dict.fromkeys(
        ["make setup", "make lint", "make test-fast", "make test", "make test-slow", "make test-nightly"], SUITE
    )
    | {
        "python -m tools.results training steps": "measures for minutes what tests/benchmarks runs at the smallest size"
    },
    "docs/ablations.md": dict.fromkeys(
        ["python -m tools.ablations queue parts", "dvc queue start -j 2", "python -m tools.ablations table parts"],
        SWEEP,
    ),
    "docs/also-tried.md": dict.fromkeys(
        ["python -m tools.ablations queue also_tried", "dvc queue start", "python -m tools.ablations table also_tried"],
        SWEEP,
    ),
    "docs/data.md": {
        'pip install ".[s3]"': INTERNET,
        "dvc exp run -S 'seg.pseudo.clips=[/path/to/own/pictures]' -S seg.weights=models/students": "models of a few "
        "iterations agree on no pixel; tests/test_also_tried.py runs it with models that agree",
    },
    "docs/demo.md": {
        "pip install -e '.[demo]'": INTERNET,
        "cd web && npm ci && npm run build": INTERNET,
        "python3 -m http.server --directory dist": "serves what the command before it builds",
    },
    "docs/experiments.md": dict.fromkeys(
        [
            "export PET_NNODES=2 PET_RDZV_BACKEND=c10d PET_RDZV_ENDPOINT=node0:29500",
            "dvc repro train_segmenter@eanet_cat",
            "python -m stages.train_segmenter eanet_cat",
        ],
        CLUSTER,
    ),
    "docs/gpu.md": dict.fromkeys(["tests/gpu/run.sh OUT", "python -m tests.gpu.check OUT 300 --only segmenter"], GPU),
    "docs/scale.md": {
        'pip install ".[cluster]"': INTERNET,
        **dict.fromkeys(
            [
                "dask scheduler --port 8786",
                "dask worker tcp://host:8786 --nthreads 1 --nworkers 16",
                "FACE_PARSING_CLUSTER=tcp://host:8786 dvc repro",
                "dask scheduler --port 8786 &",
                "FACE_PARSING_CLUSTER=tcp://stays:8786 dvc repro",
                "dask worker tcp://stays:8786 --nthreads 1 --nworkers $(nproc)",
                "cd /shared/project && dvc --wait-for-lock repro train_segmenter",
            ],
            CLUSTER,
        ),
        **dict.fromkeys(
            [
                "for gpu in 0 1 2 3 4 5 6 7; do\n"
                "  CUDA_VISIBLE_DEVICES=$gpu dask worker tcp://127.0.0.1:8786 --nthreads 1 --nworkers 4 &\n"
                "done",
                "FACE_PARSING_CLUSTER=tcp://127.0.0.1:8786 dvc repro",
                "for gpu in 0 1 2 3 4 5 6 7; do CUDA_VISIBLE_DEVICES=$gpu dvc queue start -j $((gpu + 1)); done",
            ],
            GPU,
        ),
        **dict.fromkeys(
            [
                "models=(ocrnet eanet_add eanet_cat)",
                "dvc --wait-for-lock repro --single-item train_segmenter@${models[$SLURM_ARRAY_TASK_ID]}",
                'sbatch --array=0-31 --gpus=1 --requeue --wrap "dask worker tcp://$(hostname):8786 --nthreads 1"',
                "FACE_PARSING_CLUSTER=tcp://$(hostname):8786 dvc repro",
                "scancel --name wrap",
            ],
            SLURM,
        ),
    },
    "docs/segmentation.md": {
        "dvc exp run -S profile=paper -S seg.backbone=swin -S profiles.paper.segmenter.pretrained=https://mmassets.onedl"
        ".ai/mmsegmentation/v0.5/pretrain/swin/swin_base_patch4_window7_224_22k_20220317-4f79f7c0.pth": INTERNET
    },
}
# What stands in the docs for something of the reader's, and what the tests put in its place. /path/to has its own rule.
STAND_INS = {
    "<repository>": "{project}",
    "https://host/dvc": "{home}/remote",
    "ssh://host/srv/www/dvc": "{home}/remote",
    "<one>": "$(dvc exp list --name-only | sed -n 1p)",
    "<other>": "$(dvc exp list --name-only | sed -n 2p)",
    "--count 1000": "--count 2",
    "--clips 400": "--clips 4",
}
SERVERS = {"face-parsing demo": 7860}  # what serves until it is stopped, and its port
LANGUAGES = {"", "python", "text", "mermaid"}
OUTSIDE = re.compile(r"<\w|\b(?:pip install|npm|docker|ssh://|tcp://|https?://)")  # what a command here can't have
BUILTINS = {"cd", "export", "source", "for", "wait"}
# For the Python of the docs, which shows what a reader has already.
PYTHON = """
from pathlib import Path
from face_parsing import FaceParser
from face_parsing.clips.face_table import Face
from face_parsing.imaging.pictures import read_image
cut_out_face = read_image(Path("photo.jpg"))
images, image_faces = [cut_out_face], [[Face((20, 10, 80, 90), 1.0, "detected")]]
"""
SERVED = "{command} & server=$!; until (: < /dev/tcp/127.0.0.1/{port}) 2> /dev/null; do kill -0 $server; sleep 1; done"
FINISHED = """
while [[ $(dvc queue status) =~ Running|Queued ]]; do sleep 2; done
if dvc queue status | grep Failed; then dvc queue status; exit 1; fi
"""
BLOCK_SECONDS = 3600


def run_commands(page: Path) -> list[str]:
    listed = NOT_RUN.get(name_of(page), {})
    return [command for command in commands_of(page) if command not in listed]


RUN = [page for page in PAGES if run_commands(page) or any(language == "python" for language, _ in blocks(page))]


def typed(command: str, home: Path) -> str:
    """What is typed for a command of the docs, for readers whose files are in ``home``."""
    for placeholder, stand_in in STAND_INS.items():
        command = command.replace(placeholder, stand_in.format(home=home, project=home.with_name("project")))
    source = re.search(r"source[= ](\w+)", command)
    return command.replace("/path/to", f"{home}/{source[1] if source else 'own'}")


def script(block: str, page: Path, home: Path) -> str:
    """A block as a shell script, without what is not run."""
    lines = []
    for command in commands(block):
        if command in NOT_RUN.get(name_of(page), {}):
            continue
        line = typed(command, home)
        if command in SERVERS:
            line = SERVED.format(command=line, port=SERVERS[command])
        lines.append(line)
        if "&&" in command:
            lines.append("(exit $?)")  # bash -e does not end where another command than the last fails
        if command.startswith("dvc queue start"):
            lines.append(FINISHED)
    return "\n".join(lines)


def write_inputs(project: Path) -> None:
    """Pictures and videos by the names that the docs give them, of the project's rendered clips."""
    frames = sorted((project / "data/clips/JPEGImages/test_000").glob("*"))
    image = read_image(frames[0])
    for name in ("photo.jpg", "scan.png", "archive/2019/a.jpg"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(project / name), image)
    shutil.copytree(frames[0].parent, project / "clip", symlinks=False)
    writer = cv2.VideoWriter(str(project / "video.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 10, image.shape[1::-1])
    for frame in frames:
        writer.write(read_image(frame))
    writer.release()
    for name in ("clip.mp4", "archive/2020.mp4"):
        shutil.copyfile(project / "video.mp4", project / name)
    (project / "files.txt").write_text("photo.jpg\nclip\nvideo.mp4\n")


def write_data(home: Path, project: Path) -> None:
    """Data sets where :func:`typed` has them."""
    for source, names in {
        "davis": ["my [own] façes", "Ann's faces"],
        "face_synthetics": ["it", "pictures"],
        "celebamask_hq": ["it"],
    }.items():
        for name in names:
            FOLDERS[source](home / source / name)
    FOLDERS["davis"](home / "faces")
    own = home / "own/own/pictures"
    shutil.copytree(project / "clip", own)
    shutil.copyfile(project / "photo.jpg", home / "own/photo.jpg")
    for name in ("pictures", "photographs"):  # those of tools.portraits
        shutil.copytree(own, home / "own" / name)
        rows = [[path.stem, 40, 10, 110, 90, 50, 30, 100, 85, "dark", "none"] for path in own.iterdir()]
        columns = ["name", "x1", "y1", "x2", "y2", "fx1", "fy1", "fx2", "fy2", "tone", "beard"]
        pd.DataFrame(rows, columns=columns).to_csv(home / "own" / name / "truth.csv", index=False)


@pytest.fixture
def home(project, tmp_path, monkeypatch) -> Path:
    """A reader's folder, with the repository in the folder ``project`` beside it, and an S3 server."""
    home = tmp_path / "home"
    small = {f"profiles.release.{key}": value for key, value in SMALLEST_OF_A_PROFILE.items()}
    set_parameters(project, small)
    commit(project, "The smallest data for the profile release too")
    (project / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.name != "complete":
            (project / ".venv" / part.name).symlink_to(part)
    (project / ".venv/complete").touch()  # newer than what make compares it with
    write_inputs(project)
    write_data(home, project)
    monkeypatch.setenv("HOME", str(home))
    with s3_server() as server:
        bucket = empty_bucket(server, monkeypatch)
        for path in (home / "faces").rglob("*.*"):
            bucket.upload_file(str(path), f"folder/{path.relative_to(home / 'faces').as_posix()}")
        yield home
    if (project / ".dvc/tmp/exps/celery").exists():  # workers of the queue outlive a block that failed
        run(project, "dvc", "queue", "stop", "--kill")


def run_block(command: list[str], project: Path, log: Path) -> None:
    """Run a block, and end what it left in the background."""
    with (
        log.open("w+") as output,
        subprocess.Popen(
            command,
            cwd=project,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            code = process.wait(BLOCK_SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
    assert code == 0, log.read_text()[-5000:]


@pytest.mark.nightly
@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_a_pages_blocks_run_in_order(page, project, home):
    for language, block in blocks(page):
        if language == "python":
            run_block([sys.executable, "-c", PYTHON + block], project, home / "log.txt")
        elif not language and (text := script(block, page, home)):
            run_block(["bash", "-exc", text], project, home / "log.txt")


@pytest.mark.parametrize("page", NOT_RUN)
def test_what_is_not_run_is_in_the_docs(page):
    assert set(NOT_RUN[page]) <= set(commands_of(ROOT / page))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_is_run_here_or_listed_with_a_reason(page):
    assert {language for language, _ in blocks(page)} <= LANGUAGES
    for command in run_commands(page):
        line = typed(command, Path("/home"))
        words = [word for word in line.split() if not re.match(r"\w+=", word)]
        program = words[0].removeprefix(".venv/bin/") if words else "export"
        known = program in BUILTINS or shutil.which(program, path=environment()["PATH"])
        assert known, f"{command}: no program {program} here; list it in NOT_RUN with the reason"
        assert not OUTSIDE.search(line), f"{command}: list it in NOT_RUN with the reason"
