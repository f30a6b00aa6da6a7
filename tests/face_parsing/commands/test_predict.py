import tracemalloc
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pandas as pd
import pytest
from av.video.frame import VideoFrame

from face_parsing.clips.face_table import Face, FaceRow, read_faces, write_faces
from face_parsing.commands import predict
from face_parsing.commands.command_line import parser
from face_parsing.commands.predict import check_place
from face_parsing.core.errors import PipelineError, run
from face_parsing.core.labels import read_labels
from face_parsing.imaging.label_maps import read_label_map
from face_parsing.media import video_writer
from face_parsing.media.reading import open_media
from tests.face_parsing.media.video_files import pictures, set_display_matrix, write_video

LABELS = read_labels(Path("configs/labels.yaml").resolve())


class FullDisk:
    """Frames of which the second does not fit on the disk."""

    count = 0

    @classmethod
    def from_ndarray(cls, *arguments):
        cls.count += 1
        if cls.count == 2:
            raise OSError(28, "No space left on device")
        return VideoFrame.from_ndarray(*arguments)


class FragileParser:
    """A FaceParser whose every picture is one face of class 1, but for those whose first pixel asks for a fault."""

    runtime = "torch"
    vote = "soft"
    recipe = SimpleNamespace(delivers_vote=True)

    def __init__(self, *_):
        self.labels = LABELS
        self.files: list[Path] = []

    def find(self, images):
        return [[Face((0.0, 0.0, float(i.shape[1]), float(i.shape[0])), 0.5, "detected")] for i in images]

    def find_each(self, images):
        return self.find(images)

    def parse(self, images, faces, tracking):
        for image, _ in zip(images, faces, strict=True):
            faults: dict[int, Exception] = {
                1: RuntimeError("first line\nsecond line"),
                2: MemoryError(),
                3: cv2.error("resize\nfailed"),
                4: OSError(28, "No space left on device"),
            }
            if image[0, 0, 0] in faults:
                raise faults[int(image[0, 0, 0])]
            # A clip is of class 1, unrelated images are of class 2.
            yield image, np.full(image.shape[:2], 2 - tracking, np.uint8)


def write_picture(path: Path, value: int, size: tuple[int, int] = (6, 8)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, np.full((*size, 3), value, np.uint8))[1].tobytes())
    return path


def predict_all(monkeypatch, *inputs: Path, output: Path, options: Sequence[str] = ()) -> object:
    """Run predict with the fragile parser; returns its exit code."""
    monkeypatch.setattr(predict, "FaceParser", FragileParser)
    arguments = parser().parse_args(["predict", *map(str, inputs), "--output", str(output), *options])
    try:
        run(lambda: predict.main(arguments))
    except SystemExit as stopped:
        return stopped.code
    return None


def test_whatever_goes_wrong_with_one_input_is_its_line_and_the_others_have_results(tmp_path, monkeypatch, capsys):
    inputs = [write_picture(tmp_path / f"{value}.png", value) for value in (1, 50, 2, 60, 3, 4, 70)]
    code = predict_all(monkeypatch, *inputs, output=tmp_path / "out")
    assert code == "error: 4 files could not be parsed; see the errors above"
    told = capsys.readouterr().err.strip().splitlines()
    assert [line.partition(" (with --debug")[0] for line in told] == [
        f"skipped: {tmp_path}/1.png: RuntimeError: first line",
        f"skipped: {tmp_path}/2.png: MemoryError",
        f"skipped: {tmp_path}/3.png: error: resize",
        f"skipped: {tmp_path}/out/4: not written ([Errno 28] No space left on device); expected a writable "
        "folder with free space",
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["50", "60", "70", "faces.csv"]
    assert pd.read_csv(tmp_path / "out/faces.csv", dtype=str)["frame"].tolist() == ["50", "60", "70"]
    for name in ("50", "60", "70"):
        assert read_label_map(tmp_path / f"out/{name}/{name}.png").tolist() == [[1] * 8] * 6


def test_debug_shows_where_a_fault_arose(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FACE_PARSING_DEBUG", "1")
    predict_all(monkeypatch, write_picture(tmp_path / "a.png", 1), output=tmp_path / "out")
    assert "Traceback" in (told := capsys.readouterr().err) and "RuntimeError: first line" in told


def users_pictures(folder: Path) -> None:
    write_picture(folder / "0.png", 9)


def users_notes(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")


def users_file(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("mine")


def users_link(folder: Path) -> None:
    users_pictures(folder.parent / "elsewhere")
    folder.symlink_to(folder.parent / "elsewhere")


@pytest.mark.parametrize("make", [users_pictures, users_notes, users_file, users_link])
def test_what_predict_did_not_write_is_not_replaced(tmp_path, monkeypatch, capsys, make: Callable[[Path], None]):
    make(tmp_path / "out/a")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    picture = write_picture(tmp_path / "in/a.png", 90)
    assert predict_all(monkeypatch, picture, output=tmp_path / "out") is not None
    told = capsys.readouterr().err
    assert f"{tmp_path}/out/a exists and is not a result of predict; expected another --output" in told
    assert {path: path.read_bytes() for path in before} == before


def test_a_folder_of_frames_is_not_replaced_by_its_own_results(tmp_path, monkeypatch, capsys):
    frames = [write_picture(tmp_path / f"clip/{number}.png", 90) for number in range(3)]
    before = [frame.read_bytes() for frame in frames]
    assert predict_all(monkeypatch, tmp_path / "clip", output=tmp_path) is not None
    assert "is not a result of predict" in capsys.readouterr().err
    assert [frame.read_bytes() for frame in frames] == before


def test_an_earlier_result_is_replaced(tmp_path, monkeypatch):
    for value in (90, 91):
        clip = [write_picture(tmp_path / f"clip/{number}.png", value) for number in range(3)]
        write_video(tmp_path / "video.mp4", pictures(3))
        inputs = [clip[0].parent, tmp_path / "video.mp4", write_picture(tmp_path / "a.png", value)]
        assert predict_all(monkeypatch, *inputs, output=tmp_path / "out") is None
    assert len(list((tmp_path / "out/clip").iterdir())) == 6 and len(list((tmp_path / "out/video").iterdir())) == 3
    with pytest.raises(PipelineError, match="is not a result"):  # a result parsed again, into its own place
        check_place(tmp_path / "out/clip", tmp_path / "out/clip")


@pytest.mark.parametrize("name", ["..png", "..mp4"])
def test_a_name_that_would_be_the_output_folder_itself_is_refused(tmp_path, monkeypatch, name):
    write_picture(tmp_path / "in.png", 90).rename(tmp_path / name)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine").touch()
    assert predict_all(monkeypatch, tmp_path / name, output=tmp_path / "out") is not None
    assert (tmp_path / "out/mine").exists()


@pytest.mark.parametrize(("one", "other"), [("a.b/0.png", "a.b.png"), ("a.png", "a.jpg"), ("a/0.png", "a.png")])
def test_two_inputs_whose_results_would_have_one_name_are_told_before_any_work(tmp_path, monkeypatch, one, other):
    paths = [write_picture(tmp_path / name, 90) for name in (one, other)]
    inputs = [path.parent if path.name == "0.png" else path for path in paths]
    assert "two inputs have this name" in str(predict_all(monkeypatch, *inputs, output=tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_folders_name_is_no_file_with_a_suffix(tmp_path, monkeypatch):
    inputs = [write_picture(tmp_path / name, 90) for name in ("a.b/0.png", "a.c/0.png", "a.png")]
    monkeypatch.chdir(inputs[0].parent)
    assert predict_all(monkeypatch, Path(), inputs[1].parent, inputs[2], output=tmp_path / "out") is None
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a", "a.b", "a.c", "faces.csv"]


def test_memory_does_not_grow_with_the_inputs(tmp_path, monkeypatch, capsys):
    inputs = [write_picture(tmp_path / f"{number}.png", 90, (64, 64)) for number in range(200)]
    peaks = []
    for count in (20, 200):
        tracemalloc.start()
        predict_all(monkeypatch, *inputs[:count], output=tmp_path / "out")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 180 * 2000  # a row of the face table each, and its name


def test_a_table_gives_each_frame_its_faces_and_a_frame_without_a_row_has_none(tmp_path, monkeypatch, capsys):
    for number in range(3):
        write_picture(tmp_path / f"clip/{number}.png", 90)
    write_picture(tmp_path / "photo.jpg", 90)
    (tmp_path / "faces.csv").write_text(
        "clip,frame,x1,y1,x2,y2\nclip,2,-3,1,4,9\nclip,0,1,1,4,4\nclip,0,4.126,1,7,4\nelsewhere,0,1,1,4,4\n"
    )
    inputs = [tmp_path / "clip", tmp_path / "photo.jpg"]
    options = ["--faces", str(tmp_path / "faces.csv")]
    assert predict_all(monkeypatch, *inputs, output=tmp_path / "out", options=options) is None
    assert capsys.readouterr().out == f"3 faces in 4 frames, by torch: {tmp_path}/out\n"
    assert (tmp_path / "out/faces.csv").read_text().splitlines()[1:] == [
        "clip,0,1.00,1.00,4.00,4.00,1.00,detected",
        "clip,0,4.13,1.00,7.00,4.00,1.00,detected",
        "clip,2,0.00,1.00,4.00,6.00,1.00,detected",  # cut to the 8 x 6 pixels that there are
    ]


SHARES = "a,a,0.05,0.08,0.36,0.92,1.0,detected"


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("a,a,4,1,4,9\n", "line 2 is a,a,4.0,1.0,4.0,9.0,1.0,detected; expected x1 < x2 and y1 < y2"),
        ("a,a,1,1,,9\n", "line 2 is a,a,1.0,1.0,nan,9.0,1.0,detected; expected x1 < x2 and y1 < y2"),
        ("a,a,1,1,4\n", "line 2 is a,a,1.0,1.0,4.0,nan,1.0,detected; expected x1 < x2 and y1 < y2"),
        ("a,a,1,1,4,9,0.5\n", "more values than columns; expected a face table"),
        ("a,a,left,1,4,9\n", "not a table ("),
        ("a.png,a,1,1,4,4\n", "clip a.png is not an input; expected clips such as a"),
        (
            "a,a,1,1,5,4\na,a,0.05,0.08,0.36,0.92\n",
            f"line 3 is {SHARES}, a box in shares of the picture; expected pixels",
        ),
        ("a,a,-0.02,0.0,1,1.04\n", "line 2 is a,a,-0.02,0.0,1.0,1.04,1.0,detected, a box in shares of the picture"),
        ("a,a,0,0,1,1\n", "line 2 is a,a,0.0,0.0,1.0,1.0,1.0,detected, a box in shares of the picture"),
    ],
)
def test_what_is_wrong_with_a_table_of_faces_is_one_line_before_any_work(tmp_path, monkeypatch, rows, fault):
    (tmp_path / "faces.csv").write_text(f"clip,frame,x1,y1,x2,y2\n{rows}")
    picture = write_picture(tmp_path / "a.png", 90)
    options = ["--faces", str(tmp_path / "faces.csv")]
    told = str(predict_all(monkeypatch, picture, output=tmp_path / "out", options=options))
    assert told.startswith(f"error: {tmp_path}/faces.csv: {fault}") and "\n" not in told
    assert not (tmp_path / "out").exists()


def test_a_missing_table_of_faces_and_an_unknown_column_are_one_line(tmp_path, monkeypatch):
    picture, table = write_picture(tmp_path / "a.png", 90), tmp_path / "faces.csv"
    options = ["--faces", str(table)]
    told = predict_all(monkeypatch, picture, output=tmp_path / "out", options=options)
    assert told == f"error: {table}: missing; expected a face table"
    table.write_text("clip,frame,x1,y1,x2,y2,age\na,a,1,1,4,4,30\n")
    told = predict_all(monkeypatch, picture, output=tmp_path / "out", options=options)
    assert told == f"error: {table}: unknown column age; expected clip, frame, x1, y1, x2, y2, score, source"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "clip;frame;x1;y1;x2;y2\na;a;1;1;4;4\n",
            "columns separated by semicolons; expected commas, as in clip,frame,x1",
        ),
        ("clip;frame;x1;y1;x2;y2\na;a;1,5;1,5;4,5;4,5\n", "columns separated by semicolons; expected commas"),
        ("clip\tframe\tx1\ty1\tx2\ty2\na\ta\t1\t1\t4\t4\n", "columns separated by tabs; expected commas"),
        (
            "image,xmin,ymin,xmax,ymax\na.png,1,1,4,4\n",
            "no column clip among image, xmin, ymin, xmax, ymax; expected a face table, with clip, frame, x1",
        ),
        ("clip, frame, x1, y1, x2, y2\na,a,1,1,4,4\n", "no column frame among clip,  frame,  x1"),
        ("clip,frame,x1,y1,width,height\na,a,1,1,4,4\n", "no column x2 among clip, frame, x1, y1, width, height"),
        ("a,a,1,1,4,4\n", "no column clip among a, a.1, 1"),
        ("1,2,3,4,5,6,7,8,9\n", "no column clip among 1, 2, 3, 4, 5, 6, 7, 8, ...; expected a face table"),
    ],
)
def test_a_table_of_faces_with_another_header_is_one_line_that_shows_it(tmp_path, monkeypatch, text, fault):
    (tmp_path / "faces.csv").write_text(text)
    picture = write_picture(tmp_path / "a.png", 90)
    told = str(
        predict_all(monkeypatch, picture, output=tmp_path / "out", options=["--faces", str(tmp_path / "faces.csv")])
    )
    assert told.startswith(f"error: {tmp_path}/faces.csv: {fault}") and "\n" not in told


@pytest.mark.parametrize(
    ("box", "hinted"), [("4,1,2,5", True), ("1,4,5,2", True), ("4,1,-2,5", False), ("1,1,,5", False)]
)
def test_a_width_and_height_in_place_of_the_far_edges_is_named(tmp_path, box, hinted):
    (tmp_path / "faces.csv").write_text(f"clip,frame,x1,y1,x2,y2\na,a,{box}\n")
    with pytest.raises(PipelineError, match="line 2 is") as raised:
        read_faces(tmp_path / "faces.csv")
    assert ("x2 is x1 + width and y2 is y1 + height" in str(raised.value)) is hinted


def test_rows_of_frames_and_clips_that_are_not_there_are_counted_with_examples(tmp_path, monkeypatch, capsys):
    for number in range(1, 4):
        write_picture(tmp_path / f"clip/{number:05d}.png", 90)
    table = tmp_path / "faces.csv"
    rows = ["clip,00001", "clip,2", "clip,00003.jpg", "clip,00003.jpg", "clip,4", "clip,5", "b,00001", "b,2", "c,1"]
    table.write_text("clip,frame,x1,y1,x2,y2\n" + "".join(f"{row},1,1,4,4\n" for row in rows))
    options = ["--faces", str(table)]
    assert predict_all(monkeypatch, tmp_path / "clip", output=tmp_path / "out", options=options) is None
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("ignored")]
    assert told == [
        f"ignored: {table}: 3 rows of clips that are no input, such as b, c",
        f"ignored: {table}: 5 rows of frames that clip clip lacks, such as 2, 00003.jpg, 4; expected frames such as "
        "00001",
    ]


def test_a_table_that_predict_wrote_of_a_picture_of_one_pixel_is_read_again(tmp_path):
    write_faces(tmp_path / "faces.csv", [FaceRow("a", "a", 0, 0, 1, 1, 0.0, "whole_frame")])
    assert len(read_faces(tmp_path / "faces.csv")) == 1


def test_an_input_whose_rows_do_not_fit_it_is_left_out_with_a_line(tmp_path, monkeypatch, capsys):
    inputs = [write_picture(tmp_path / f"{name}.png", 90) for name in ("far", "misnamed", "sound")]
    table = tmp_path / "faces.csv"
    table.write_text("clip,frame,x1,y1,x2,y2\nfar,far,9,1,12,4\nmisnamed,00000,1,1,4,4\nsound,sound,1,1,4,4\n")
    options = ["--faces", str(table)]
    code = predict_all(monkeypatch, *inputs, output=tmp_path / "out", options=options)
    assert code == "error: 2 files could not be parsed; see the errors above"
    assert capsys.readouterr().err.splitlines() == [
        f"skipped: {table}: a face of clip far, frame far, lies outside the picture; expected a part of it within "
        "8 x 6 pixels",
        f"skipped: {table}: clip misnamed has no frame 00000; expected frames such as misnamed",
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["faces.csv", "sound"]


@pytest.mark.parametrize(("options", "label"), [([], 1), (["--no-tracking"], 2)])
def test_a_folders_pictures_are_parsed_as_a_clip_unless_tracking_is_off(tmp_path, monkeypatch, options, label):
    for name in ("0", "1"):
        write_picture(tmp_path / f"clip/{name}.png", 50)
    assert predict_all(monkeypatch, tmp_path / "clip", output=tmp_path / "out", options=options) is None
    for name in ("0", "1"):
        assert (read_label_map(tmp_path / f"out/clip/{name}.png") == label).all()


def predict_list(monkeypatch, folder: Path, *lines: str, options: Sequence[str] = ()) -> object:
    """Run predict on a list with the fragile parser; returns its exit code."""
    monkeypatch.chdir(folder)
    (folder / "list.txt").write_text("".join(f"{line}\n" for line in lines))
    return predict_all(monkeypatch, output=folder / "out", options=["--input-list", "list.txt", *options])


def test_a_list_has_a_row_for_every_input_broken_or_not(tmp_path, monkeypatch):
    write_picture(tmp_path / "in/a/0.png", 9), write_picture(tmp_path / "in/a/1.png", 9)
    write_picture(tmp_path / "in/b/one.png", 1)
    code = predict_list(monkeypatch, tmp_path, "in/a", "in/b/one.png", "in/b/none.png")
    assert code == f"error: 2 inputs could not be parsed; see the errors above and {tmp_path}/out/manifest.csv"
    rows = pd.read_csv(tmp_path / "out/manifest.csv").set_index("name")
    assert rows.outcome["a"] == "done" and rows.frames["a"] == rows.faces["a"] == 2
    assert "RuntimeError: first line" in rows.outcome["b/one"] and "none.png: missing" in rows.outcome["b/none"]
    assert list(pd.read_csv(tmp_path / "out/a/faces.csv")["clip"]) == ["a", "a"]


def test_a_result_whose_row_was_lost_is_not_made_again(tmp_path, monkeypatch):
    write_picture(tmp_path / "in/a.png", 9), write_picture(tmp_path / "in/b.png", 9)
    assert predict_list(monkeypatch, tmp_path, "in/a.png", "in/b.png") is None
    made = (tmp_path / "out/a").stat().st_ino
    manifest = tmp_path / "out/manifest.csv"
    manifest.write_text(manifest.read_text().splitlines(keepends=True)[0])
    assert predict_list(monkeypatch, tmp_path, "in/a.png", "in/b.png") is None
    assert (tmp_path / "out/a").stat().st_ino == made
    assert list(pd.read_csv(manifest)["faces"]) == [1, 1]


def test_inputs_come_in_one_way(tmp_path, monkeypatch):
    picture = write_picture(tmp_path / "a.png", 9)
    for inputs, options in (((), ()), ((picture,), ("--recursive", str(tmp_path)))):
        code = predict_all(monkeypatch, *inputs, output=tmp_path / "out", options=options)
        assert code == "error: expected either inputs, or --input-list, or --recursive"


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".WEBP"])
def test_an_image_of_each_promised_format_is_parsed_alone_and_in_a_folder(tmp_path, monkeypatch, suffix):
    image = write_picture(tmp_path / f"photo{suffix}", 50)
    write_picture(tmp_path / f"folder/photo{suffix}", 50)
    assert predict_all(monkeypatch, image, tmp_path / "folder", output=tmp_path / "out") is None
    for place in ("photo", "folder"):
        assert read_label_map(tmp_path / f"out/{place}/photo.png").shape == (6, 8)


@pytest.mark.parametrize("rate", [105.611, 240, 30000 / 1001])
def test_a_video_of_any_rate_has_label_maps_and_an_overlay_of_its_length(tmp_path, monkeypatch, rate):
    video = write_video(tmp_path / "a.mp4", pictures(6), rate=rate)
    assert predict_all(monkeypatch, video, output=tmp_path / "out") is None
    overlay, _ = open_media(tmp_path / "out/a_overlay.mp4")
    assert len(list((tmp_path / "out/a").iterdir())) == len(overlay) == 6
    assert overlay.rate == pytest.approx(rate, rel=1e-3)


def test_the_overlay_of_a_variable_rate_lasts_as_long_as_the_video(tmp_path, monkeypatch):
    times = [0, 33, 67, 400, 433, 467, 1000]
    video = write_video(tmp_path / "a.webm", pictures(7), times=times, muxer={"live": "1"})
    assert predict_all(monkeypatch, video, output=tmp_path / "out") is None
    overlay, _ = open_media(tmp_path / "out/a_overlay.mp4")
    assert 6 / overlay.rate == pytest.approx(1, rel=0.01)


def test_label_maps_have_the_size_that_a_player_shows(tmp_path, monkeypatch):
    video = write_video(tmp_path / "a.mp4", pictures(2), aspect=Fraction(4, 3))
    set_display_matrix(video, 0, 1, -1, 0)
    assert predict_all(monkeypatch, video, output=tmp_path / "out") is None
    assert read_label_map(tmp_path / "out/a/00000.png").shape == (85, 48)
    assert open_media(tmp_path / "out/a_overlay.mp4")[0].size == (48, 85)


@pytest.mark.parametrize("listed", [False, True])
def test_an_overlay_that_cannot_be_written_costs_no_label_map(tmp_path, monkeypatch, capsys, listed):
    video, output = write_video(tmp_path / "a.mkv", pictures(3, (8200, 16))), tmp_path / "out"

    def parse() -> object:
        return (
            predict_list(monkeypatch, tmp_path, "a.mkv") if listed else predict_all(monkeypatch, video, output=output)
        )

    message = "not written; expected a size that mpeg4 supports, not 8200 x 16"
    for _ in range(1 if listed else 2):  # the second replaces the first
        assert (parse() is None) == listed
        assert capsys.readouterr().err.count(message) == 1
        assert sorted(path.name for path in output.glob("*")) == (
            ["a", "manifest.csv", "predict.json"] if listed else ["a", "faces.csv"]
        )
        assert sorted(path.stem for path in (output / "a").glob("*.png")) == ["00000", "00001", "00002"]
        assert message in (output / "a/no_overlay.txt").read_text()
    if listed:
        assert parse() is None and "skipped" not in capsys.readouterr().err  # it resumes


def test_an_overlay_that_breaks_off_costs_no_label_map_and_leaves_no_part(tmp_path, monkeypatch, capsys):
    video = write_video(tmp_path / "a.mp4", pictures(3))
    assert predict_all(monkeypatch, video, output=tmp_path / "out") is None
    monkeypatch.setattr(video_writer, "VideoFrame", FullDisk)
    assert predict_all(monkeypatch, video, output=tmp_path / "out") is not None
    assert "out/a_overlay.mp4: not written ([Errno 28] No space left on device)" in capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "out").glob("*")) == ["a", "faces.csv"]
    assert len(list((tmp_path / "out/a").glob("*.png"))) == 3


def test_files_of_a_folder_that_are_no_images_are_counted_and_named_in_a_line(tmp_path, monkeypatch, capsys):
    write_picture(tmp_path / "clip/0.png", 50)
    for name in ("a.xmp", "b.txt"):
        (tmp_path / "clip" / name).touch()
    line = f"skipped: {tmp_path}/clip: files that are no images: 2 (a.xmp, b.txt)\n"
    assert predict_all(monkeypatch, tmp_path / "clip", output=tmp_path / "out") is None
    assert capsys.readouterr().err == line
    assert predict_list(monkeypatch, tmp_path, str(tmp_path / "clip")) is None
    assert line in capsys.readouterr().err
    for number in range(10):
        (tmp_path / "clip" / f"{number}.txt").touch()
    assert predict_all(monkeypatch, tmp_path / "clip", output=tmp_path / "out") is None
    assert ": files that are no images: 12 (0.txt, 1.txt, 2.txt, 3.txt, 4.txt, ...)\n" in capsys.readouterr().err


def test_a_phones_folder_is_parsed_whole_and_resumes(tmp_path, monkeypatch, capsys):
    phone = tmp_path / "DCIM/100APPLE"
    for number in (1, 2):
        write_picture(phone / f"IMG_{number}.JPG", 50, (48, 64))
    for name in ("IMG_1.mov", "IMG_3.mov"):
        write_video(phone / name, pictures(3))
    options = ["--recursive", str(tmp_path / "DCIM")]
    for resumed in (0, 3):
        assert predict_all(monkeypatch, output=tmp_path / "out", options=options) is None
        printed = capsys.readouterr()
        assert "skipped" not in printed.err and f"3 of 3 inputs parsed, {resumed} of them earlier" in printed.out
    results = tmp_path / "out/100APPLE"
    assert sorted(path.name for path in results.iterdir()) == [
        *("IMG_1", "IMG_1_overlay.mp4", "IMG_3", "IMG_3_overlay.mp4", "images"),
    ]
    assert sorted(path.stem for path in (results / "images").glob("*.png")) == ["IMG_1", "IMG_2"]
