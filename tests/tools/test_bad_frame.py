import math

import numpy as np

from face_parsing.clips.face_table import write_faces
from face_parsing.clips.layout import frames_of
from face_parsing.core import paths
from face_parsing.core.labels import IGNORE_INDEX
from face_parsing.imaging.label_maps import write_label_map
from face_parsing.imaging.pictures import write_jpeg
from tests.face_parsing.variants.mask_propagation.test_following import LABELS, PLACE, SKIN, frame, segmenter
from tools.bad_frame import j, scores_of


def test_j_is_the_mean_over_the_truths_classes_where_it_is_not_ignored():
    truth = np.array([[0, 1, 1, 2], [0, 1, 1, IGNORE_INDEX]], np.uint8)
    assert j(np.where(truth == IGNORE_INDEX, 3, truth).astype(np.uint8), truth) == 1
    assert j(np.array([[0, 1, 1, 1], [0, 1, 0, 2]], np.uint8), truth) == (3 / 5 + 0) / 2
    assert math.isnan(j(truth, np.zeros((2, 4), np.uint8)))


def test_behind_the_gate_only_the_frame_of_noise_is_worse(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    label_map = np.zeros((64, 96), np.uint8)
    label_map[14:34, 14:34] = SKIN
    for name in ("00000", "00001", "00002", "00003"):
        write_jpeg(paths.CLIPS / f"JPEGImages/a/{name}.jpg", frame(), 100)
        write_label_map(paths.CLIPS / f"Annotations/a/{name}.png", label_map, LABELS)
    frames = frames_of(paths.CLIPS, "a")
    write_faces(paths.FACES, [("a", each.name, *PLACE.box, PLACE.score, PLACE.source) for each in frames])
    alone, with_masks, with_noise = scores_of(segmenter(gated=True), frames, bad=1)
    assert min(alone) > 0.95 and min(with_masks) > 0.95
    assert with_noise[1] < 0.9
    assert with_noise[2] == alone[2] and with_noise[3] > 0.95
