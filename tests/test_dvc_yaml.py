"""dvc.yaml tells the truth: a stage's deps and params are what can change its result, no less and no more."""

import ast
import importlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo
from dvc.stage import PipelineStage

from face_parsing.variants import fingerprints
from tests.repositories import set_parameters

ROOT = Path(__file__).parent.parent
DVC_YAML = yaml.safe_load((ROOT / "dvc.yaml").read_text())
STAGES = list(DVC_YAML["stages"])
PARAMETERS = yaml.safe_load((ROOT / "params.yaml").read_text())
PROFILE = PARAMETERS["profile"]
LIGHT_STAGES = [
    "check",
    "boxes",
    "crop",
    "ensemble",
    "refine",
    "score",
    "score_video",
    "report",
    "unlabelled",
    "score_parts",
]
CONFIGS = {  # the configs of the rooms' networks
    "detector": "configs/detector",
    "segmenter": f"configs/segmenter/{PARAMETERS['seg']['backbone']}",
    "variants/mask_rcnn": "configs/parts",
}
# Rooms of fewer modules than three, and why.
SMALL_ROOMS = {
    "provenance": "no stage depends on it: an edit of the record of a training changes no weight",
    "motion": "an edit of optical flow retrains nothing unless a mask is propagated",
    "demo": "an edit of the page's server reruns nothing",
    "variants/panoptic_fpn": "a variant is a room, so that it is off by itself",
    "variants/swin": "a variant is a room, so that it is off by itself",
}
LARGEST_ROOM = 13  # modules
# Trainings import it and do not depend on it. An edit of it shows in the record of the next training.
RECORDS = Path("face_parsing/provenance")
# The variants that a stage reaches only when they are on: it depends on their checksums instead of their rooms.
SWITCHED = {
    "mask_propagation": Path("face_parsing/variants/mask_propagation"),
    "panoptic_fpn": Path("face_parsing/variants/panoptic_fpn"),
    "swin": Path("face_parsing/variants/swin"),
}
OFF = {
    "unlabelled",
    "pseudo_label",
    "train_student",
    "train_parts",
    "segment_parts",
    "score_parts",
}  # until their parameters say otherwise
TRAININGS = {"train_detector", "train_backbone", "train_segmenter"}
NO_VARIANTS = {"train_parts"}  # reads the data pipelines of a config that no variant changes
ON = {"seg.pseudo.clips": ["rendered"], "seg.weights": "models/students", "seg.also": ["mask_rcnn"]}


def stages_of(folder: Path) -> dict[str, PipelineStage]:
    with Repo(str(folder)) as repo:
        return {stage.name.partition("@")[0]: stage for stage in repo.index.stages}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> dict[str, PipelineStage]:
    """All stages by name as DVC resolves them, one of each matrix, with what is off by default on."""
    folder = tmp_path_factory.mktemp("pipeline")
    Repo.init(str(folder), no_scm=True).close()
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copyfile(ROOT / name, folder / name)
    set_parameters(folder, ON)
    return stages_of(folder)


def listed_parameters(stage: PipelineStage) -> list[str]:
    return sorted(key for dependency in stage.deps if hasattr(dependency, "params") for key in dependency.params)


def listed_paths(stage: PipelineStage) -> list[Path]:
    """What a stage depends on but parameters, relative to the repository, in dvc.yaml's order."""
    return [Path(each.def_path) for each in stage.deps if not hasattr(each, "params")]


def listed_folders(stage: PipelineStage) -> list[Path]:
    """The folders of the library that a stage lists."""
    return [path for path in listed_paths(stage) if path.parts[0] == "face_parsing"]


def file_of(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    candidates = [path.with_suffix(".py"), path / "__init__.py"]
    return next((file for file in candidates if file.is_file()), None)


def imports_of(file: Path) -> Iterator[str]:
    """The modules of this project that a file imports anywhere, by statement or by a name in a string."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import, which this test does not follow"
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = [node.value]
        modules = (name for name in names if name.startswith(("face_parsing.", "stages.")) and not name.endswith("."))
        yield from (name for name in modules if file_of(name))


def import_closure(file: Path) -> set[Path]:
    """The file and all that it imports from this project, relative to the repository."""
    found: set[Path] = set()
    files = [file]
    while files:
        file = files.pop()
        if file not in found:
            found.add(file)
            files += [file_of(module) for module in imports_of(file)]
    return {file.relative_to(ROOT) for file in found}


def room_of(file: Path) -> Path:
    """The room of a module, a folder that stages depend on: one below face_parsing/, or below its variants/."""
    depth = 3 if file.parts[:2] == ("face_parsing", "variants") else 2
    return Path(*file.parts[: min(depth, len(file.parts) - 1)])


def rooms() -> dict[Path, list[Path]]:
    """The modules of each folder of the library that has some, but for the package's own."""
    found: dict[Path, list[Path]] = {}
    for file in modules_below("face_parsing"):
        if file.name != "__init__.py" and file.parent != ROOT / "face_parsing":
            found.setdefault(file.parent.relative_to(ROOT / "face_parsing"), []).append(file)
    return found


def modules_below(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def test_every_stage_has_a_module_and_every_module_is_a_stage():
    modules = {path.stem for path in (ROOT / "stages").glob("*.py")}
    assert modules == {*STAGES, "__init__"}


def test_what_is_off_by_default_has_no_stages(pipeline):
    default = stages_of(ROOT)
    assert set(default) == set(STAGES) - OFF and set(pipeline) == set(STAGES)
    # Of the others, only where the models are that are used.
    on, off = ({name: listed_paths(stages[name]) for name in default} for stages in (pipeline, default))
    assert {name for name in default if on[name] != off[name]} == {"segment"}
    listed = {path for name, paths in off.items() for path in paths if name != "check"}
    assert not [path for path in listed if path.is_relative_to("face_parsing/variants")]


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_runs_its_own_module(pipeline, name):
    assert pipeline[name].cmd.split()[:3] == ["python", "-m", f"stages.{name}"]


@pytest.mark.parametrize("name", [name for name in STAGES if name != "check"])
def test_a_stage_lists_the_parameters_that_it_reads(pipeline, name):
    module = importlib.import_module(f"stages.{name}")
    read = module.Parameters.schemas() if hasattr(module, "Parameters") else {}
    assert listed_parameters(pipeline[name]) == sorted(key.replace("${profile}", PROFILE) for key in read)


def test_check_depends_on_the_whole_of_the_parameters(pipeline):
    assert "params.yaml" in {str(dependency) for dependency in pipeline["check"].deps if hasattr(dependency, "params")}


@pytest.mark.parametrize("name", [name for name in STAGES if name != "check"])
def test_a_stage_lists_the_folders_that_it_imports_from(pipeline, name):
    closure = import_closure(ROOT / "stages" / f"{name}.py")
    folders = {room_of(file) for file in closure if file.parts[0] == "face_parsing"} - {RECORDS}
    assert listed_folders(pipeline[name]) == sorted(folders)
    assert Path("face_parsing") not in folders, "a stage's dependency would be the whole library"
    # An edit of these changes no weight.
    weightless = {Path("face_parsing", room) for room in ("clips", "compute", "geometry", "media", "motion", "metrics")}
    assert not (name in TRAININGS and weightless & folders)


@pytest.mark.parametrize("name", [name for name in STAGES if name not in ("check", *NO_VARIANTS)])
def test_a_stage_that_a_variant_can_change_lists_its_checksums(pipeline, name):
    keys = set(listed_parameters(pipeline[name]))
    reads = {"mask_propagation": "seg.mask_propagation", "panoptic_fpn": "seg.coarse_head", "swin": "seg.backbone"}
    expected = {variant for variant, key in reads.items() if key in keys}
    listed = {path for path in listed_paths(pipeline[name]) if path.is_relative_to("data/variants")}
    whole = {Path("data/variants")}
    assert listed == (whole if expected == set(reads) else {Path(f"data/variants/{each}.sha256") for each in expected})


@pytest.mark.parametrize("variant", SWITCHED)
def test_a_variants_checksums_are_of_all_rooms_that_the_stages_do_not_list_anyway(pipeline, variant):
    reached = {room_of(file) for module in modules_below(SWITCHED[variant]) for file in import_closure(module)}
    stages = ["train_segmenter", "segment"] if variant == "mask_propagation" else ["train_backbone"]
    listed = {folder for name in stages for folder in listed_folders(pipeline[name])}
    missing = {room for room in reached if room.parts[0] == "face_parsing" and room not in listed}
    checked = {Path("face_parsing", room) for room in fingerprints.ROOMS[variant]}
    assert missing - {Path("face_parsing"), Path("face_parsing/variants")} <= checked


def test_no_room_is_too_large_to_know_or_too_small_without_a_reason():
    sizes = {room.as_posix(): len(modules) for room, modules in rooms().items()}
    assert {room: size for room, size in sizes.items() if size > LARGEST_ROOM} == {}
    assert {room for room, size in sizes.items() if size < 3 and room != "variants"} == set(SMALL_ROOMS)


def test_dvc_yaml_can_be_read_at_once():
    assert len((ROOT / "dvc.yaml").read_text().splitlines()) <= 230


def test_check_lists_no_schemas_since_each_stage_checks_its_own_again(pipeline):
    listed = [Path("face_parsing", room) for room in ("checkpoints", "core", "motion", "variants")]
    assert listed_folders(pipeline["check"]) == listed


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_lists_its_own_module_and_that_of_a_stage_it_repeats_and_otherwise_folders_never_files(pipeline, name):
    code = [path for path in listed_paths(pipeline[name]) if path.parts[0] in ("face_parsing", "stages", "tools")]
    modules = {file for file in import_closure(ROOT / "stages" / f"{name}.py") if file.parts[0] == "stages"}
    assert [path for path in code if (ROOT / path).is_file()] == sorted(modules - {Path("stages/__init__.py")})
    assert Path("stages") / f"{name}.py" in modules


def test_the_library_knows_neither_stages_nor_tests_nor_tools():
    for file in modules_below("face_parsing"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        assert {name.partition(".")[0] for name in names} & {"stages", "tests", "tools"} == set(), file


def test_there_is_no_import_cycle():
    closures = {file.relative_to(ROOT): import_closure(file) for file in modules_below("face_parsing")}
    cycles = {
        (str(one), str(other))
        for one, reached in closures.items()
        for other in reached - {one}
        if other in closures and one in closures[other]
    }
    assert cycles == set()


def test_the_folders_of_the_library_depend_on_each_other_in_one_direction():
    reached = {}
    for file in modules_below("face_parsing"):
        if file.name == "__init__.py":
            continue
        own = file.relative_to(ROOT).parent
        for other in import_closure(file):
            if other.name != "__init__.py" and other.parent not in (own, Path("face_parsing")):
                reached.setdefault(own, set()).add(other.parent)
    both = {(str(a), str(b)) for a, others in reached.items() for b in others if a in reached.get(b, set())}
    assert both == set()


@pytest.mark.parametrize("name", STAGES)
@pytest.mark.parametrize("network", CONFIGS)
def test_a_stage_that_builds_a_network_lists_the_profiles_config(pipeline, name, network):
    listed = Path("face_parsing", network) in listed_folders(pipeline[name])
    builds = "profile" in listed_parameters(pipeline[name]) and listed
    if (name, network) == ("segment_parts", "segmenter"):
        builds = False  # it cuts and composites crops as segment does, by another network
    network_config = Path(CONFIGS[network], f"{PROFILE}.py")
    assert (network_config in listed_paths(pipeline[name])) == builds
    bases = Path("configs/_base_", network_config.parts[1])
    assert (bases in listed_paths(pipeline[name])) == builds


@pytest.mark.parametrize("config", sorted((ROOT / "configs").rglob("*.py")), ids=str)
def test_a_config_stands_on_installed_bases_or_on_those_of_its_network_which_stages_list(config):
    values = {
        target.id: ast.literal_eval(node.value)
        for node in ast.parse(config.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id == "_base_"
    }
    bases = values.get("_base_", [])
    ours = [base for base in ([bases] if isinstance(bases, str) else bases) if "::" not in base]
    network = config.relative_to(ROOT / "configs").parts[1 if "_base_" in config.parts else 0]
    assert all((config.parent / base).resolve().parent == ROOT / "configs/_base_" / network for base in ours)
    assert not (ours and "_base_" in config.parts), "a base of a base"


def test_every_parameter_is_read_by_a_stage_that_works_with_it(pipeline):
    def leaves(tree: dict, above: str = "") -> Iterator[str]:
        for name, value in tree.items():
            yield from leaves(value, f"{above}{name}.") if isinstance(value, dict) else [f"{above}{name}"]

    read = [f"{key}." for name, stage in pipeline.items() if name != "check" for key in listed_parameters(stage)]
    parameters = PARAMETERS | {"profiles": {PROFILE: PARAMETERS["profiles"][PROFILE]}}
    # A matrix of its own reads what says which stages there are.
    matrices = [name for stage in DVC_YAML["stages"].values() for name in stage.get("matrix", {}).values()]
    read += [f"{name[2:-1]}." for name in matrices if isinstance(name, str)]
    assert [leaf for leaf in leaves(parameters) if not f"{leaf}.".startswith(tuple(read))] == []


@pytest.mark.parametrize("name", LIGHT_STAGES)
def test_a_stage_without_a_network_does_not_import_torch(name):
    program = f"import sys, stages.{name}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_the_import_closure_holds_what_python_loads():
    program = "import sys, stages.crop; print(*(name for name in sys.modules if name.startswith('face_parsing.')))"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    modules = {file_of(name).relative_to(ROOT) for name in loaded.stdout.split()}
    modules = {file for file in modules if file.name != "__init__.py"}
    assert len(modules) > 3
    assert modules <= import_closure(ROOT / "stages" / "crop.py")


def test_cached_bytecode_is_no_part_of_a_dependency():
    with Repo(str(ROOT)) as repo:
        assert repo.dvcignore.is_ignored_dir(str(ROOT / "face_parsing" / "core" / "__pycache__"))
