"""dvc.yaml tells the truth: a stage's deps and params are what can change its result, no less and no more."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo
from dvc.stage import PipelineStage

ROOT = Path(__file__).parent.parent
STAGES = list(yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"])
COMMANDS = ["export", "predict", "provenance", "submission", "suspects"]  # that are no stages, but use what stages made
LIGHT_STAGES = ["check", "boxes", "crop", "ensemble", "refine", "score", "report"]


@pytest.fixture(scope="module")
def pipeline() -> Iterator[dict[str, PipelineStage]]:
    """The stages by name as DVC resolves them, one of each matrix."""
    with Repo(str(ROOT)) as repo:
        yield {stage.name.partition("@")[0]: stage for stage in repo.index.stages}


def listed_parameters(stage: PipelineStage) -> list[str]:
    return sorted(key for dependency in stage.deps if hasattr(dependency, "params") for key in dependency.params)


def listed_files(stage: PipelineStage) -> set[Path]:
    """The Python files that a stage lists, those in its folders included, relative to the repository."""
    paths = [Path(dependency.fs_path) for dependency in stage.deps]
    files = {file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])}
    return {file.relative_to(ROOT) for file in files if file.suffix == ".py"}


def file_of(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    candidates = [path.with_suffix(".py"), path / "__init__.py"]
    return next((file for file in candidates if file.is_file()), None)


def imports_of(file: Path) -> Iterator[str]:
    """The modules of stages/ that a file imports anywhere, by statement or by a name in a string."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import, which this test does not follow"
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = [node.value]
        yield from (name for name in names if name.startswith("stages.") and file_of(name))


def import_closure(files: list[Path]) -> set[Path]:
    """The files and all that they import from stages/, packages' __init__.py included."""
    found: set[Path] = set()
    while files:
        file = files.pop()
        if file not in found:
            found.add(file)
            for module in imports_of(file):
                packages = module.split(".")
                files += [file_of(".".join(packages[:n])) for n in range(1, len(packages) + 1)]
    return {file.relative_to(ROOT) for file in found}


def with_code(files: set[Path]) -> set[Path]:
    """The files that hold more than a docstring; the others can't change a result."""

    def is_text(node: ast.stmt) -> bool:
        return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)

    trees = {file: ast.parse((ROOT / file).read_text(encoding="utf-8")) for file in files}
    return {file for file, tree in trees.items() if not all(map(is_text, tree.body))}


def as_deps(files: set[Path]) -> list[str]:
    """The shortest spelling of a set of files: a package where all of it is in the set."""
    packages = {file.parent for file in files}
    whole = {p for p in packages if with_code({f.relative_to(ROOT) for f in (ROOT / p).rglob("*.py")}) <= files}
    return sorted({str(file.parent if file.parent in whole else file) for file in files})


def test_every_stage_has_a_module_and_every_module_is_a_stage():
    modules = {path.stem for path in (ROOT / "stages").glob("*.py")}
    assert modules == {*STAGES, *COMMANDS, "__init__"}


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_runs_its_own_module(pipeline, name):
    assert pipeline[name].cmd.split()[:3] == ["python", "-m", f"stages.{name}"]


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_lists_the_parameters_that_it_reads(pipeline, name):
    read = getattr(importlib.import_module(f"stages.{name}"), "PARAMETERS", {})
    assert listed_parameters(pipeline[name]) == sorted(read)


def test_check_depends_on_the_whole_of_the_parameters(pipeline):
    assert "params.yaml" in {str(dependency) for dependency in pipeline["check"].deps if hasattr(dependency, "params")}


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_lists_the_modules_that_it_imports(pipeline, name):
    listed = listed_files(pipeline[name])
    configs = {file for file in listed if file.parts[0] == "configs"}
    needed = with_code(import_closure([ROOT / "stages" / f"{name}.py", *(ROOT / file for file in configs)]))
    should = "\n".join(f"      - {dependency}" for dependency in as_deps(needed - configs))
    assert with_code(listed) == needed, f"the Python deps of {name} should be\n{should}"


@pytest.mark.parametrize("name", STAGES)
@pytest.mark.parametrize(("section", "folder"), [("det", "detector"), ("seg", "segmenter")])
def test_a_stage_that_builds_a_network_lists_its_config(pipeline, name, section, folder):
    builds = f"{section}.model" in listed_parameters(pipeline[name])
    lists = any(file.parent == Path("configs", folder) for file in listed_files(pipeline[name]))
    assert lists == builds


@pytest.mark.parametrize("config", sorted((ROOT / "configs").rglob("*.py")), ids=lambda path: path.stem)
def test_a_config_stands_on_installed_bases_only_so_that_listing_it_is_enough(config):
    values = {
        target.id: ast.literal_eval(node.value)
        for node in ast.parse(config.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id == "_base_"
    }
    bases = values.get("_base_", [])
    assert all("::" in base for base in ([bases] if isinstance(bases, str) else bases))


def test_every_parameter_is_read_by_a_stage_that_works_with_it(pipeline):
    def leaves(tree: dict, above: str = "") -> Iterator[str]:
        for name, value in tree.items():
            yield from leaves(value, f"{above}{name}.") if isinstance(value, dict) else [f"{above}{name}"]

    read = [f"{key}." for name, stage in pipeline.items() if name != "check" for key in listed_parameters(stage)]
    parameters = leaves(yaml.safe_load((ROOT / "params.yaml").read_text()))
    assert [leaf for leaf in parameters if not f"{leaf}.".startswith(tuple(read))] == []


@pytest.mark.parametrize("name", LIGHT_STAGES)
def test_a_stage_without_a_network_does_not_import_torch(name):
    program = f"import sys, stages.{name}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_the_import_closure_holds_what_python_loads():
    program = "import sys, stages.crop; print(*(name for name in sys.modules if name.startswith('stages.')))"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    files = {file_of(name).relative_to(ROOT) for name in loaded.stdout.split()}
    assert len(files) > 3
    assert files <= import_closure([ROOT / "stages" / "crop.py"])


def test_cached_bytecode_is_no_part_of_a_dependency():
    with Repo(str(ROOT)) as repo:
        assert repo.dvcignore.is_ignored_dir(str(ROOT / "stages" / "clips" / "__pycache__"))
