"""The script of a clip: who and what it shows, drawn before anything is rendered."""

from dataclasses import dataclass, replace

import numpy as np

from face_parsing.clips.layout import SPLITS
from face_parsing.synthetic.camera import development
from face_parsing.synthetic.camera.development import Look
from face_parsing.synthetic.parameters import RenderedClips, Synthetic
from face_parsing.synthetic.people.identity import Identity, draw_identity
from face_parsing.synthetic.people.motion import Motion, draw_motion, turned_further
from face_parsing.synthetic.people.variety import widened
from face_parsing.synthetic.rendering import shading
from face_parsing.synthetic.scene import background, lights, scenery
from face_parsing.synthetic.scene.lights import Lighting
from face_parsing.synthetic.wear import occluders

BEARDS, GLASSES, EYESHADOWS, TALKERS = 0.3, 0.3, 0.35, 0.6  # shares of clips
SMALL_FACE = 0.25  # the height of the largest small face, as a share of the frame's height
PHOTOGRAPH = (0.45, 1.35)  # the height of a face in a photograph, as a share of the frame's height


@dataclass(frozen=True)
class Generators:
    """The random generators of a clip: one for itself, and one for each kind of domain randomization.

    A kind draws only from its own generator, so that it leaves the clip's draws as they are.
    """

    clip: np.random.Generator
    people: np.random.Generator
    occluders: np.random.Generator
    lights: np.random.Generator
    scenery: np.random.Generator
    camera: np.random.Generator
    framing: np.random.Generator


@dataclass(frozen=True)
class Script:
    """Who and what a clip shows.

    Attributes:
        identity: The person. It has no glasses if there are occluders, which may be glasses with lenses.
        motion: The movement of the head, frame by frame.
        kinds: The occluders, names of occluders.KINDS.
        face_height: The smallest height in the clip of everything labelled, from the hair to the neck, in pixels.
            Parts outside the frame count.
        partial: Whether an edge of the frame cuts the face.
        distance: The distance from the camera to the head's pivot, centimetres.
        lighting: The light on the person.
        backdrop: The background, larger than a frame, (H, W, 3) uint8 BGR.
        look: The camera's processing of each frame; None for a plain camera.
        bad_frames: The share of frames that the camera spoils.
        width, height: The size of a frame, pixels.
        generators: The generators in their state after the script is drawn. Rendering draws from them.
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
    """Draw the script of a clip.

    It depends on the seed, the split, the index and the parameters of a clip, but not on the number of clips.
    Keep the order of the draws from each generator: a new draw changes all later draws of that generator.
    """

    def has(share: float, trait: int) -> bool:
        return _share(parameters, split, index, share, trait)

    draws = _generators(parameters.seed, split, index)
    shares = clips.domain_randomization
    identity = draw_identity(draws.clip, beard=has(BEARDS, 0), glasses=has(GLASSES, 1), eyeshadow=has(EYESHADOWS, 2))
    varied = has(shares.people, 7)
    if varied:
        identity = widened(identity, draws.people)
    fast_turn, talks = has(parameters.fast_turns, 4), has(TALKERS, 3)
    motion = draw_motion(draws.clip, clips.frames.of(split), fast_turn=fast_turn, talks=talks)
    if varied:
        motion = turned_further(motion, draws.people)
    face_height = clips.height * _draw_size(draws.clip, parameters.smallest_face, has(parameters.small_faces, 5))
    lighting = Lighting((shading.draw_light(draws.clip),))
    backdrop = background.draw_background(draws.clip, clips.width, clips.height)
    if has(shares.framing, 12):
        face_height = clips.height * draws.framing.uniform(*PHOTOGRAPH)
    if has(shares.scenery, 10):
        backdrop = scenery.draw_scenery(draws.scenery, backdrop)
        backdrop = scenery.camouflaged(draws.scenery, backdrop, identity)
    if has(shares.lights, 9):
        lighting = lights.draw_lighting(draws.lights)
        backdrop = lights.expose_scene(backdrop, lighting)
    look = development.draw_look(draws.camera, clips.width, clips.height) if has(shares.camera, 11) else None
    distance = draws.clip.uniform(55, 180)
    kinds = occluders.draw_kinds(draws.occluders, identity.glasses is not None) if has(shares.occluders, 8) else []
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

    Each trait has a low-discrepancy sequence over the clips, the multiples of an irrational number. So even a split
    of few clips has about the share, and no clip depends on another.
    """
    step = np.sqrt((2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)[trait])
    start = np.random.default_rng([parameters.seed, SPLITS.index(split), trait]).random()
    return (start + index * step) % 1 < share


def _generators(seed: int, split: str, index: int) -> Generators:
    entropy = [seed, SPLITS.index(split), index]
    return Generators(
        clip=np.random.default_rng(entropy),
        people=np.random.default_rng([*entropy, 2]),
        occluders=np.random.default_rng([*entropy, 3]),
        lights=np.random.default_rng([*entropy, 4]),
        scenery=np.random.default_rng([*entropy, 5]),
        camera=np.random.default_rng([*entropy, 6]),
        framing=np.random.default_rng([*entropy, 7]),
    )


def _draw_size(rng: np.random.Generator, smallest: float, small: bool) -> float:
    """Draw a face's height, as a share of the frame's height."""
    low, high = (smallest, SMALL_FACE) if small else (max(0.3, smallest), 0.8)
    return np.exp(rng.uniform(np.log(low), np.log(max(low, high))))
