"use strict";
// The parser in a worker, so that the page stays alive: answers { id, pixels, width, height, quick } with a label map.

importScripts("libraries/ort.wasm.min.js", "libraries/opencv.js", "finder.js", "segmenter.js", "grabcut.js", "second_look.js");

ort.env.wasm.wasmPaths = new URL("libraries/", self.location.href).href;
ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, 4) : 1;

let models, detector, segmenter, offsets, mirrored;

async function load() {
  const fetched = async file => {
    const response = await fetch(`models/${file}`);
    if (!response.ok) throw new Error(`models/${file}: ${response.status}`);
    return response;
  };
  [models] = await Promise.all([fetched("models.json").then(answer => answer.json()), openCV()]);
  const { recipe } = models, [file] = models.segmenters;
  if (models.segmenters.length > 1 || recipe.mask_propagation !== "none")
    throw new Error("models: a vote, or mask propagation; expected one segmenter (seg.fusion: none, add or cat)");
  if (recipe.test.scales.length > 1 || recipe.test.resize !== "logits")
    throw new Error("models: seg.test.scales or seg.test.resize; expected scales [1.0] and resize logits");
  const session = async name => ort.InferenceSession.create(new Uint8Array(await (await fetched(name)).arrayBuffer()));
  if (recipe.detection.finder === "detector") detector = await session(models.detector.file);
  segmenter = await session(file.file);
  offsets = recipe.labels.map((_, c) => -recipe.input.logit_adjustment * (file.log_class_weights[c] ?? 0));
  const ids = Object.fromEntries(recipe.labels.map(({ name, id }) => [name, id]));
  mirrored = recipe.test.flip ? recipe.labels.map(({ mirror, id }) => (mirror === null ? id : ids[mirror])) : null;
  return { labels: recipe.labels };
}

// Resolves when OpenCV.js is compiled. Its module has a method `then` that never ends, so it must not be awaited.
function openCV() {
  return new Promise(ready => {
    const library = self.cv;
    if (library.Mat) ready();
    else library.onRuntimeInitialized = () => ready();
  });
}

// quick: without the mirrored view and GrabCut, for the camera.
async function parse({ pixels, width, height, quick }) {
  const { recipe } = models;
  const rgba = cv.matFromArray(height, width, cv.CV_8UC4, pixels), image = new cv.Mat();
  cv.cvtColor(rgba, image, cv.COLOR_RGBA2BGR);
  rgba.delete();
  try {
    const found = detector ? await candidates(detector, image, models.detector, recipe.detection.score_threshold) : [];
    const labelsOf = async (all, views) => {
      const labels = new Uint8Array(width * height);
      for (const face of [...all].sort((a, b) => a.score - b.score)) {
        const square = squareOf(face.box, recipe.crop.margin), crop = cutSquare(image, square, recipe.crop.pad_value);
        pasteClasses(labels, width, height, await scoresOf(segmenter, crop, recipe, offsets, views), square);
        crop.delete();
      }
      return labels;
    };
    let faces = facesOf(found, width, height, recipe.detection.secondary_face_threshold);
    if (detector && !quick)
      faces = await lookedAgain(faces, found, face => labelsOf([face], null), { width, height, ids: lookIds(recipe.labels) });
    let labels = await labelsOf(faces, quick ? null : mirrored);
    if (!quick) {
      const classes = recipe.labels.filter(({ name }) => recipe.grabcut.classes.includes(name)).map(({ id }) => id);
      labels = refined(image, labels, classes, recipe.grabcut);
    }
    return { faces, labels };
  } finally {
    image.delete();
  }
}

const loaded = load();

self.onmessage = async ({ data }) => {
  try {
    const settings = await loaded;
    self.postMessage(data.load ? { id: data.id, ...settings } : { id: data.id, ...(await parse(data)) });
  } catch (error) {
    self.postMessage({ id: data.id, error: error.message ?? String(error) });
  }
};
