"""Who and what a clip shows, all of which is drawn before anything is rendered."""

from dataclasses import dataclass, replace

import numpy as np

from face_parsing.pipeline.clips import SPLITS
from face_parsing.synthetic import background, covers, development, lights, scenery, shading
from face_parsing.synthetic.development import Look
from face_parsing.synthetic.identity import Identity, draw_identity
from face_parsing.synthetic.lights import Lighting
from face_parsing.synthetic.motion import Motion, draw_motion, turned_further
from face_parsing.synthetic.parameters import RenderedClips, Synthetic
from face_parsing.synthetic.variety import widened

BEARDS, GLASSES, EYESHADOWS, TALKERS = 0.3, 0.3, 0.35, 0.6  # shares of clips
SMALL_FACE = 0.25  # the largest of the small faces, of the frame's height


@dataclass(frozen=True)
class Generators:
    """What draws a clip: its own generator, and those of looks that leave its draws as they are."""

    clip: np.random.Generator
    people: np.random.Generator
    covers: np.random.Generator
    lights: np.random.Generator
    scenery: np.random.Generator
    camera: np.random.Generator


@dataclass(frozen=True)
class Script:
    """Who and what a clip shows.

    Attributes:
        identity: who is seen; without glasses if there are covers, which may be glasses with lenses.
        motion: how the head moves, frame by frame.
        kinds: the covers, names of covers.KINDS.
        face_height: of all that is labelled, from the hair to the neck, at its smallest; pixels, inside the frame or
            not.
        partial: whether an edge of the frame cuts the face.
        distance: from the camera to the head's pivot, centimetres.
        lighting: the light on the person.
        backdrop: what lies behind, larger than a frame, (H, W, 3) uint8 BGR.
        look: what the camera makes of it; None: a plain camera.
        bad_frames: the share of frames that the camera spoils.
        width, height: of a frame, pixels.
        generators: as they stand after this, for what is drawn while the clip is rendered.
    """

    identity: Identity
    motion: Motion
    kinds: list[str]
    face_height: float
    partial: bool
    distance: float
    lighting: Lighting
    backdrop: np.ndarray
    look: Look | None
    bad_frames: float
    width: int
    height: int
    generators: Generators


def draw_script(parameters: Synthetic, clips: RenderedClips, split: str, index: int) -> Script:
    """Draw a clip, which depends on the seed, the split, its index and its parameters, but not on the number of clips.

    What is drawn by one generator keeps its order, or every later draw of that generator changes.
    """

    def has(share: float, trait: int) -> bool:
        return _share(parameters, split, index, share, trait)

    draws = _generators(parameters.seed, split, index)
    looks = clips.looks
    identity = draw_identity(draws.clip, beard=has(BEARDS, 0), glasses=has(GLASSES, 1), eyeshadow=has(EYESHADOWS, 2))
    varied = has(looks.people, 7)
    if varied:
        identity = widened(identity, draws.people)
    fast_turn, talks = has(parameters.fast_turns, 4), has(TALKERS, 3)
    motion = draw_motion(draws.clip, clips.frames.of(split), fast_turn=fast_turn, talks=talks)
    if varied:
        motion = turned_further(motion, draws.people)
    face_height = clips.height * _draw_size(draws.clip, parameters.smallest_face, has(parameters.small_faces, 5))
    lighting = Lighting((shading.draw_light(draws.clip),))
    backdrop = background.draw_background(draws.clip, clips.width, clips.height)
    if has(looks.scenery, 10):
        backdrop = scenery.draw_scenery(draws.scenery, backdrop)
    if has(looks.lights, 9):
        lighting = lights.draw_lighting(draws.lights)
        backdrop = lights.expose_scene(backdrop, lighting)
    look = development.draw_look(draws.camera, clips.width, clips.height) if has(looks.camera, 11) else None
    distance = draws.clip.uniform(55, 180)
    kinds = covers.draw_kinds(draws.covers, identity.glasses is not None) if has(looks.covers, 8) else []
    if kinds:
        identity = replace(identity, glasses=None)
    return Script(
        identity=identity,
        motion=motion,
        kinds=kinds,
        face_height=face_height,
        partial=has(parameters.partial_faces, 6),
        distance=distance,
        lighting=lighting,
        backdrop=backdrop,
        look=look,
        bad_frames=parameters.bad_frames,
        width=clips.width,
        height=clips.height,
        generators=draws,
    )


def _share(parameters: Synthetic, split: str, index: int, share: float, trait: int) -> bool:
    """Whether clip ``index`` has a trait that ``share`` of the clips have.

    The clips' places in a low-discrepancy sequence (multiples of an irrational number, one a trait), so that a split of
    few clips holds about its share too, and no clip depends on another.
    """
    step = np.sqrt((2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)[trait])
    start = np.random.default_rng([parameters.seed, SPLITS.index(split), trait]).random()
    return (start + index * step) % 1 < share


def _generators(seed: int, split: str, index: int) -> Generators:
    clip = [seed, SPLITS.index(split), index]
    return Generators(
        clip=np.random.default_rng(clip),
        people=np.random.default_rng([*clip, 2]),
        covers=np.random.default_rng([*clip, 3]),
        lights=np.random.default_rng([*clip, 4]),
        scenery=np.random.default_rng([*clip, 5]),
        camera=np.random.default_rng([*clip, 6]),
    )


def _draw_size(rng: np.random.Generator, smallest: float, small: bool) -> float:
    """A face's height, of the frame's."""
    low, high = (smallest, SMALL_FACE) if small else (max(0.3, smallest), 0.8)
    return np.exp(rng.uniform(np.log(low), np.log(max(low, high))))
