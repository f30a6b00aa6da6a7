"""Score the predictions and the result as the DAVIS 2017 evaluation does; or, given folders, any prediction."""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from stages.clips.label_maps import check_classes, list_clips, list_frames, read_alike
from stages.clips.labels import IGNORE_INDEX, LabelTable, read_labels
from stages.clips.layout import SPLITS, frames_of, read_image, read_split, write_jpeg, write_label_map
from stages.davis.evaluation import ClipScore, score_clip, summarise
from stages.davis.pictures import draw_cut, draw_picture
from stages.parameters.reading import read
from stages.parameters.result import Score
from stages.pipeline.entry import UserError, run
from stages.pipeline.outputs import whole_directory, whole_file
from stages.pipeline.parallel import each

PARAMETERS = {"score": Score}
CLIPS = Path("data/clips")
TRUTH = CLIPS / "Annotations"
LABELS = Path("data/labels.yaml")
RESULT = "result"
FOLDERS = {model: Path("data/predictions") / model for model in ("ocrnet", "eanet_add", "eanet_cat", "ensemble")}
FOLDERS[RESULT] = Path("data/results")
METRICS = {model: Path("metrics") / f"{model}.json" for model in FOLDERS} | {RESULT: Path("metrics.json")}
PLOTS = Path("plots")
PICTURES = 8
PICTURED = ("ocrnet", "ensemble", RESULT)


def main() -> None:
    """Without arguments the stage; with them the score of any two folders."""
    arguments = _arguments()
    parameters = read("score", Score)
    if arguments.truth:
        score_folders(arguments.truth, arguments.prediction, arguments.output, arguments.labels, parameters)
    else:
        score_pipeline(parameters)


def score_pipeline(parameters: Score) -> None:
    """Score the four predictions and the result on the test split; write their metrics and the plots."""
    labels = read_labels(LABELS)
    clips = read_split(CLIPS, "test")
    tasks = [(folder, clip) for folder in FOLDERS.values() for clip in clips]
    done = list(each(partial(_score_one, truth=TRUTH, labels=labels, parameters=parameters), tasks, "score"))
    scores = {model: done[i * len(clips) : (i + 1) * len(clips)] for i, model in enumerate(FOLDERS)}
    numbers = {model: _numbers(FOLDERS[model], scores[model]) for model in FOLDERS}
    with whole_directory(PLOTS) as folder:
        _write_tables(scores, labels, folder)
        for clip, frame in _spread(clips, PICTURES):
            _write_picture(clip, frame, labels, folder / "pictures")
        _write_worst(scores[RESULT], parameters.worst, labels, folder)
    for model, path in METRICS.items():
        _write_json(path, numbers[model])
    print(f"{_line(scores[RESULT], numbers[RESULT])}: {METRICS[RESULT]}, metrics, {PLOTS}")


def score_folders(truth: Path, prediction: Path, output: Path, labels_file: Path | None, parameters: Score) -> None:
    """Score a folder of label maps; write the seven numbers, and tables of every (clip, class) and of face sizes."""
    from stages.davis.tables import object_table, size_table

    labels = read_labels(labels_file) if labels_file else None
    tasks = [(prediction, clip) for clip in _clips_to_score(truth, prediction)]
    scores = list(each(partial(_score_one, truth=truth, labels=labels, parameters=parameters), tasks, "score"))
    numbers = _numbers(prediction, scores)
    names = {label.id: label.name for label in labels.labels} if labels else {i: str(i) for i in range(IGNORE_INDEX)}
    tables = {"objects": object_table(scores, names), "sizes": size_table(scores)}
    for name, table in tables.items():
        with whole_file(output.with_name(f"{output.stem}_{name}.csv")) as path:
            table.to_csv(path, index=False)
    _write_json(output, numbers)
    print(f"{_line(scores, numbers)}: {output}, beside it {', '.join(f'{output.stem}_{name}.csv' for name in tables)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m stages.score",
        description="Without arguments: the pipeline's stage. With folders: score any prediction as the stage would, "
        "by the section score of params.yaml.",
    )
    parser.add_argument("--truth", type=Path, metavar="DIR", help="the truth, <clip>/<frame>.png")
    parser.add_argument("--prediction", type=Path, metavar="DIR", help="the prediction, <clip>/<frame>.png")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where the numbers go, as JSON")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="the label table; without it any ids up to 254")
    arguments = parser.parse_args()
    given = [arguments.truth, arguments.prediction, arguments.output]
    if any([*given, arguments.labels]) and not all(given):
        parser.error("--truth, --prediction and --output go together")
    return arguments


def _score_one(task: tuple[Path, str], truth: Path, labels: LabelTable | None, parameters: Score) -> ClipScore:
    prediction, clip = task
    frames = list_frames([truth, prediction], clip)
    if parameters.skip_ends and len(frames) < 3:
        raise UserError(f"{truth / clip}: {len(frames)} frames; expected 3 or more, for score.skip_ends drops two")
    pairs = labels.mirror_pairs if labels else []
    return score_clip(
        clip,
        _read_frames(truth / clip, prediction / clip, frames, labels),
        parameters.classes,
        parameters.skip_ends,
        pairs,
    )


def _read_frames(
    truth: Path, prediction: Path, frames: Sequence[str], labels: LabelTable | None
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    known = labels.ids if labels else range(IGNORE_INDEX)
    for frame in frames:
        paths = truth / f"{frame}.png", prediction / f"{frame}.png"
        label_maps = read_alike(paths)
        check_classes(paths[0], label_maps[0], [*known, IGNORE_INDEX])
        check_classes(paths[1], label_maps[1], known)
        yield frame, *label_maps


def _clips_to_score(truth: Path, prediction: Path) -> list[str]:
    """The truth's clips; beside ImageSets only those of the splits that the prediction has clips of."""
    clips, predicted = list_clips(truth), set(list_clips(prediction))
    if (truth.parent / "ImageSets").is_dir():
        splits = [read_split(truth.parent, split) for split in SPLITS]
        clips = sorted(clip for split in splits if predicted & set(split) for clip in split)
    return sorted(predicted | set(clips))


def _numbers(prediction: Path, scores: Sequence[ClipScore]) -> dict[str, float | None]:
    try:
        numbers, _ = summarise(scores)
    except ValueError as error:
        raise UserError(f"{prediction}: {error}; expected a clip whose truth holds more than background") from None
    return {name: None if value is None else round(value, 6) for name, value in numbers.items()}


def _line(scores: Sequence[ClipScore], numbers: dict[str, float | None]) -> str:
    _, without_decay = summarise(scores)
    pairs = sum(len(score.classes) for score in scores)
    note = f", {without_decay} of them without decay (clips under four frames)" if without_decay else ""
    return (
        f"JF {numbers['JF']:.4f}, J {numbers['J_mean']:.4f}, F {numbers['F_mean']:.4f} "
        f"over {pairs} (clip, class) pairs of {len(scores)} clips{note}"
    )


def _write_json(path: Path, numbers: dict[str, float | None]) -> None:
    with whole_file(path) as partial_path:
        partial_path.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


def _write_tables(scores: dict[str, list[ClipScore]], labels: LabelTable, folder: Path) -> None:
    # Here, since pandas takes longer to import than --help may take.
    import pandas as pd

    from stages.davis.tables import class_table, frame_table, object_table, size_table, swap_table, time_table

    names = {label.id: label.name for label in labels.labels}
    pairs = [f"{names[one]} / {names[other]}" for one, other in labels.mirror_pairs]

    def of_every_model(table, *arguments) -> pd.DataFrame:
        tables = {model: table(own, *arguments) for model, own in scores.items()}
        return pd.concat(tables, names=["model"]).reset_index(level="model")

    tables = {
        "objects": of_every_model(object_table, names),
        "classes": of_every_model(class_table, names),
        "sizes": of_every_model(size_table),
        "confusions": of_every_model(swap_table, pairs),
        "frames": frame_table(scores[RESULT]),
        "time": time_table(scores[RESULT]),
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.6f")


def _spread(clips: Sequence[str], count: int) -> list[tuple[str, str]]:
    """Frames evenly spaced over the split, whatever their scores: each stands in the middle of its stretch."""
    frames = [(clip, frame) for clip in clips for frame in list_frames([TRUTH], clip)]
    count = min(count, len(frames))
    return [frames[(2 * i + 1) * len(frames) // (2 * count)] for i in range(count)]


def _write_picture(clip: str, frame: str, labels: LabelTable, folder: Path) -> None:
    image, panels = _read_layers(clip, frame, PICTURED)
    write_jpeg(folder / f"{clip}_{frame}.jpg", draw_picture(image, panels, labels.palette))


def _write_worst(scores: Sequence[ClipScore], count: int, labels: LabelTable, folder: Path) -> None:
    """The table of the worst frames, and of each what the report lays over each other."""
    from stages.davis.tables import worst_table

    frames = worst_table(scores, count)
    frames.to_csv(folder / "worst.csv", index=False, float_format="%.6f")
    for clip, frame in frames[["clip", "frame"]].itertuples(index=False):
        cut, whole, layers = draw_cut(*_read_layers(clip, frame, FOLDERS))
        write_jpeg(folder / "worst" / clip / frame / "cut.jpg", cut)
        write_jpeg(folder / "worst" / clip / frame / "whole.jpg", whole, quality=85)
        for name, layer in layers.items():
            write_label_map(folder / "worst" / clip / frame / f"{name}.png", layer, labels)


def _read_layers(clip: str, frame: str, models: Iterable[str]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A frame's image, and its truth and predictions by name."""
    image = next(f.image for f in frames_of(CLIPS, clip) if f.name == frame)
    folders = {"truth": TRUTH} | {model: FOLDERS[model] for model in models}
    label_maps = read_alike([folder / clip / f"{frame}.png" for folder in folders.values()])
    return read_image(image), dict(zip(folders, label_maps, strict=True))


if __name__ == "__main__":
    run(main)
