"use strict";
// Faces of one image, as face_parsing/runtime/onnx_networks.py and face_parsing/faces/tracks.py find them.

const STRIDE = 32, LEAST = 96; // of the detector's input, in pixels
const ODD = 64; // sides beyond this ratio are too thin for the detector
const EVIDENCE = 0.3; // the score above which a single image's best candidate is a face
const SHARED = 0.5; // of the smaller box: the most that a further face shares with a face already taken

// Candidates of an image (a cv.Mat of BGR bytes), best first: [{ box: [x1, y1, x2, y2], score }].
async function candidates(session, image, detector, threshold) {
  const { rows: height, cols: width } = image;
  if (Math.max(height, width) > ODD * Math.min(height, width)) return [];
  const [long, short] = [Math.max(...detector.scale), Math.min(...detector.scale)];
  const scale = Math.min(long / Math.max(height, width), short / Math.min(height, width));
  const small = [Math.floor(width * scale + 0.5), Math.floor(height * scale + 0.5)];
  const size = [Math.max(small[1], LEAST), Math.max(small[0], LEAST)]; // rows, columns
  const [rows, columns] = size.map(side => Math.ceil(side / STRIDE) * STRIDE);
  const resized = new cv.Mat();
  cv.resize(image, resized, new cv.Size(...small), 0, 0, cv.INTER_LINEAR);
  const padded = new Uint8Array(rows * columns * 3);
  for (let y = 0; y < small[1]; y++) padded.set(resized.data.subarray(3 * y * small[0], 3 * (y + 1) * small[0]), 3 * y * columns);
  resized.delete();
  const outputs = await session.run({
    image: new ort.Tensor("uint8", padded, [rows, columns, 3]),
    size: new ort.Tensor("float32", Float32Array.from(size), [2]),
    scale: new ort.Tensor("float32", Float32Array.from([small[0] / width, small[1] / height]), [2]),
  });
  const boxes = outputs.boxes.data;
  return [...outputs.scores.data]
    .map((score, i) => ({ box: [...boxes.subarray(4 * i, 4 * i + 4)], score }))
    .filter(({ score }) => score > threshold);
}

const area = ([x1, y1, x2, y2]) => Math.max(x2 - x1, 0) * Math.max(y2 - y1, 0);
const common = (a, b) => area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
const toCents = value => Math.round(value * 100) / 100;

// The faces among candidates, the main one first; the whole image where none is good enough.
function facesOf(found, width, height, secondary) {
  const inside = found
    .map(({ box: [x1, y1, x2, y2], score }) => {
      const clip = (value, most) => Math.min(Math.max(value, 0), most);
      return { box: [clip(x1, width), clip(y1, height), clip(x2, width), clip(y2, height)], score, source: "detected" };
    })
    .filter(({ box }) => box[2] > box[0] && box[3] > box[1])
    .sort((a, b) => b.score - a.score);
  const faces = [];
  if (inside.length && inside[0].score > EVIDENCE) faces.push(inside.shift());
  const seen = [...faces];
  for (const face of inside) {
    const free = seen.every(({ box }) => common(face.box, box) <= SHARED * Math.min(area(face.box), area(box)));
    if (face.score >= secondary && free) seen.push(face);
  }
  const whole = { box: [0, 0, width, height], score: 0, source: "whole_frame" };
  return [...(faces.length ? [] : [whole]), ...seen].map(({ box, score, source }) => ({
    box: box.map(toCents), score: toCents(score), source,
  }));
}
