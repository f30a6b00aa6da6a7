"use strict";
// Label map of one image, as face_parsing/parsing makes it: squares, two views, mean probabilities, upsampled classes.

const LARGEST = 4096; // the side of the largest crop, in pixels

// The square around a face's box, rounded outwards to whole pixels.
function squareOf([x1, y1, x2, y2], margin) {
  const half = Math.max(x2 - x1, y2 - y1) * (0.5 + margin);
  const x = Math.floor((x1 + x2) / 2 - half), y = Math.floor((y1 + y2) / 2 - half);
  const right = Math.ceil((x1 + x2) / 2 + half), bottom = Math.ceil((y1 + y2) / 2 + half);
  return { x, y, side: Math.max(right - x, bottom - y, 1) };
}

// The pixels of a square, a cv.Mat; beyond the image they have the pad value.
function cutSquare(image, { x, y, side }, pad) {
  if (side > LARGEST) throw new Error(`a face of ${side} pixels; expected ${LARGEST} at most`);
  const crop = new cv.Mat(side, side, cv.CV_8UC3, new cv.Scalar(pad, pad, pad));
  const left = Math.max(x, 0), top = Math.max(y, 0);
  const right = Math.min(x + side, image.cols), bottom = Math.min(y + side, image.rows);
  for (let row = top; row < bottom && left < right; row++)
    crop.data.set(image.data.subarray(3 * (row * image.cols + left), 3 * (row * image.cols + right)), 3 * ((row - y) * side + left - x));
  return crop;
}

// Resizes as resized_image of Python does: bilinearly to enlarge, by areas to shrink.
function resizedImage(image, width, height) {
  const resized = new cv.Mat(), shrinks = image.rows * image.cols > width * height;
  cv.resize(image, resized, new cv.Size(width, height), 0, 0, shrinks ? cv.INTER_AREA : cv.INTER_LINEAR);
  return resized;
}

// The class probabilities of a crop, or logits where nothing is averaged: Float32Array of (classes, s, s), and s.
async function scoresOf(session, crop, recipe, offsets, mirrored) {
  const side = recipe.input.crop_size, input = resizedImage(crop, side, side);
  const views = mirrored ? 2 : 1, bytes = new Uint8Array(views * 3 * side * side);
  bytes.set(input.data);
  if (mirrored)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++)
        for (let c = 0; c < 3; c++) bytes[3 * side * (side + y) + 3 * x + c] = bytes[3 * side * y + 3 * (side - 1 - x) + c];
  input.delete();
  const { data, dims } = Object.values(await session.run({ images: new ort.Tensor("uint8", bytes, [views, side, side, 3]) }))[0];
  const [, classes, s] = dims, plane = s * s;
  for (let i = 0; i < data.length; i++) data[i] += offsets[Math.floor(i / plane) % classes];
  if (!mirrored) return { scores: data, classes, s };
  const mean = new Float32Array(classes * plane);
  for (let view = 0; view < 2; view++) {
    const start = view * classes * plane;
    for (let i = 0; i < plane; i++) {
      let most = -Infinity, total = 0;
      for (let c = 0; c < classes; c++) most = Math.max(most, data[start + c * plane + i]);
      for (let c = 0; c < classes; c++) total += data[start + c * plane + i] = Math.exp(data[start + c * plane + i] - most);
      const x = i % s, place = view ? i - x + s - 1 - x : i;
      for (let c = 0; c < classes; c++) mean[(view ? mirrored[c] : c) * plane + place] += data[start + c * plane + i] / total / 2;
    }
  }
  return { scores: mean, classes, s };
}

// Writes the classes of a square into the label map; the background covers nothing.
function pasteClasses(labels, width, height, { scores, classes, s }, { x, y, side }) {
  const highest = new Float32Array(side * side).fill(-Infinity), chosen = new Uint8Array(side * side);
  for (let c = 0; c < classes; c++) {
    const plane = cv.matFromArray(s, s, cv.CV_32F, scores.subarray(c * s * s, (c + 1) * s * s)), large = new cv.Mat();
    cv.resize(plane, large, new cv.Size(side, side), 0, 0, cv.INTER_LINEAR);
    const values = large.data32F;
    for (let i = 0; i < values.length; i++)
      if (values[i] > highest[i]) {
        highest[i] = values[i];
        chosen[i] = c;
      }
    plane.delete();
    large.delete();
  }
  for (let row = Math.max(y, 0); row < Math.min(y + side, height); row++)
    for (let column = Math.max(x, 0); column < Math.min(x + side, width); column++) {
      const label = chosen[(row - y) * side + column - x];
      if (label) labels[row * width + column] = label;
    }
}
