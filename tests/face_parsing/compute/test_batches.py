import numpy as np

from face_parsing.compute.batches import PIXELS, batches


def image_of(pixels: int) -> np.ndarray:
    """An image of some pixels that takes no memory."""
    return np.broadcast_to(np.uint8(0), (1, pixels, 3))


def test_batches_are_whole_but_the_last_one():
    assert list(batches(iter(range(5)), 2, lambda _: image_of(1))) == [[0, 1], [2, 3], [4]]
    assert list(batches([], 2, lambda _: image_of(1))) == []


def test_large_frames_come_in_smaller_batches_and_the_largest_alone():
    sizes = [1, PIXELS // 2, PIXELS // 2, 3 * PIXELS, 1, 1]
    assert list(batches(sizes, 4, image_of)) == [sizes[:2], sizes[2:3], sizes[3:4], sizes[4:]]


def test_items_are_taken_one_batch_and_one_ahead():
    taken = []
    for done, _ in enumerate(batches((taken.append(i) or i for i in range(20)), 3, lambda _: image_of(1)), 1):
        assert len(taken) <= 3 * done + 1
