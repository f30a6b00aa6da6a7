"use strict";
// Boundaries refined by GrabCut, as face_parsing/grabcut/refining.py does it, by the same functions of OpenCV.

const CONTEXT = 5; // pixels beyond the band that give GrabCut the colours of the background
const THIN = 0.5; // share of the local depth beyond which a pixel is sure foreground

const NEAREST_EXACT = 6; // cv::INTER_NEAREST_EXACT

// The smallest region that has all pixels of a mask, widened by a margin: { x, y, width, height }.
function regionOf(inside, width, height, margin) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let i = 0; i < inside.length; i++)
    if (inside[i]) {
      const x = i % width, y = (i - x) / width;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
  if (right < 0) return { x: 0, y: 0, width: 0, height: 0 };
  const x = Math.max(left - margin, 0), y = Math.max(top - margin, 0);
  return { x, y, width: Math.min(right + 1 + margin, width) - x, height: Math.min(bottom + 1 + margin, height) - y };
}

function piece(values, width, region, channels = 1) {
  const part = new Uint8Array(region.width * region.height * channels);
  for (let row = 0; row < region.height; row++) {
    const start = channels * ((region.y + row) * width + region.x);
    part.set(values.subarray(start, start + channels * region.width), channels * row * region.width);
  }
  return part;
}

function withMat(values, width, height, type, work) {
  const mat = cv.matFromArray(height, width, type, values);
  try {
    return work(mat);
  } finally {
    mat.delete();
  }
}

function resizedLabels(labels, from, to) {
  if (from.width === to.width && from.height === to.height) return labels.slice();
  return withMat(labels, from.width, from.height, cv.CV_8U, source => {
    const resized = new cv.Mat();
    cv.resize(source, resized, new cv.Size(to.width, to.height), 0, 0, NEAREST_EXACT);
    const out = resized.data.slice();
    resized.delete();
    return out;
  });
}

// The refined label map. image: a cv.Mat of BGR bytes; labels: Uint8Array row by row; classes: the ids to refine.
function refined(image, labels, classes, { band, iterations, size }) {
  const { cols: width, rows: height } = image;
  const face = regionOf(labels, width, height, 0), side = Math.max(face.width, face.height);
  const zoom = Math.min(size / Math.max(side, 1), 1), reach = band * side * zoom / size;
  if (reach < 1) return labels;
  const region = regionOf(labels, width, height, Math.ceil((reach + CONTEXT) / zoom));
  const before = piece(labels, width, region);
  const even = value => { // Python's round
    const rounded = Math.round(value);
    return Math.abs(value % 1) === 0.5 && rounded % 2 ? rounded - 1 : rounded;
  };
  const working = { width: Math.max(even(region.width * zoom), 1), height: Math.max(even(region.height * zoom), 1) };
  const small = resizedLabels(before, region, working);
  const after = withMat(piece(image.data, width, region, 3), region.width, region.height, cv.CV_8UC3, large => {
    const smallImage = resizedImage(large, working.width, working.height);
    const out = refinedFace(smallImage, small, working, classes, reach, iterations);
    smallImage.delete();
    return out;
  });
  const [smallBack, afterBack] = [small, after].map(map => resizedLabels(map, working, region));
  const result = labels.slice();
  for (let row = 0; row < region.height; row++)
    for (let column = 0; column < region.width; column++) {
      const i = row * region.width + column;
      if (afterBack[i] !== smallBack[i] && before[i] === smallBack[i]) result[(region.y + row) * width + region.x + column] = afterBack[i];
    }
  return result;
}

function refinedFace(image, labels, shape, classes, reach, iterations) {
  const count = new Uint32Array(256);
  for (const label of labels) count[label]++;
  const present = classes.filter(label => count[label]).sort((a, b) => count[b] - count[a] || a - b);
  const movable = new Uint8Array(256);
  for (const label of [0, ...present]) movable[label] = 1;
  const cuts = [];
  for (const label of present) {
    try {
      cuts.push(cutClass(image, labels, shape, label, movable, reach, iterations));
    } catch (error) {
      if (error instanceof Error && !("code" in error)) throw error; // OpenCV's errors: too few pixels for a colour model
    }
  }
  const made = new Set(cuts.map(cut => cut.label));
  for (const label of present) if (!made.has(label)) movable[label] = 0;
  const out = labels.slice();
  const each = (cut, work) => {
    const { region } = cut;
    for (let row = 0; row < region.height; row++)
      for (let column = 0; column < region.width; column++)
        work(row * region.width + column, (region.y + row) * shape.width + region.x + column);
  };
  for (const cut of cuts) {
    const lost = new Uint8Array(cut.before.length), gained = new Uint8Array(cut.before.length);
    each(cut, (i, at) => {
      lost[i] = cut.before[i] && !cut.after[i] && movable[cut.nearest[i]] ? 1 : 0;
      gained[i] = cut.after[i] && !cut.before[i] && movable[labels[at]] ? 1 : 0;
    });
    each(cut, (i, at) => {
      if (lost[i] && out[at] === cut.label) out[at] = cut.nearest[i];
    });
    each(cut, (i, at) => {
      if ((cut.before[i] && !lost[i]) || gained[i]) out[at] = cut.label;
    });
  }
  for (const cut of cuts) each(cut, (i, at) => { if (cut.core[i]) out[at] = cut.label; });
  return out;
}

function cutClass(image, labelMap, shape, label, movable, reach, iterations) {
  const region = regionOf(labelMap.map(each => each === label), shape.width, shape.height, Math.ceil(reach) + CONTEXT);
  const { width, height } = region, labels = piece(labelMap, shape.width, region);
  const before = labels.map(each => each === label ? 1 : 0);
  const { depth, nearest } = depthAndNearest(labels, before, width, height);
  const distance = distances(before.map(each => 1 - each), width, height);
  const reachAcross = 2 * Math.ceil(reach) + 1;
  const local = withMat(depth, width, height, cv.CV_32F, source => {
    const kernel = cv.Mat.ones(reachAcross, reachAcross, cv.CV_8U), wide = new cv.Mat();
    cv.dilate(source, wide, kernel);
    const out = wide.data32F.slice();
    kernel.delete();
    wide.delete();
    return out;
  });
  const core = before.map((inside, i) => inside && depth[i] > Math.min(reach, THIN * local[i]) ? 1 : 0);
  const trimap = before.map(inside => inside ? cv.GC_FGD : cv.GC_BGD);
  let open = false;
  for (let i = 0; i < trimap.length; i++) {
    if (before[i] && !core[i] && movable[nearest[i]]) trimap[i] = cv.GC_PR_FGD;
    else if (!before[i] && distance[i] <= Math.fround(reach) && movable[labels[i]]) trimap[i] = cv.GC_PR_BGD;
    else continue;
    open = true;
  }
  let after = trimap;
  if (open)
    after = withMat(trimap, width, height, cv.CV_8U, mask =>
      withMat(piece(image.data, shape.width, region, 3), width, height, cv.CV_8UC3, crop => {
        const background = new cv.Mat(1, 65, cv.CV_64F, new cv.Scalar(0)), foreground = background.clone();
        cv.setRNGSeed(0); // GrabCut's k-means draws from OpenCV's global generator
        try {
          cv.grabCut(crop, mask, new cv.Rect(0, 0, 0, 0), background, foreground, iterations, cv.GC_INIT_WITH_MASK);
          return mask.data.slice();
        } finally {
          background.delete();
          foreground.delete();
        }
      }));
  return { label, region, before, core, nearest, after: after.map(each => each === cv.GC_FGD || each === cv.GC_PR_FGD ? 1 : 0) };
}

function distances(inside, width, height) {
  return withMat(inside, width, height, cv.CV_8U, source => {
    const out = new cv.Mat();
    cv.distanceTransform(source, out, cv.DIST_L2, cv.DIST_MASK_5);
    const values = out.data32F.slice();
    out.delete();
    return values;
  });
}

// Each pixel's depth inside, and the label of the nearest pixel outside.
function depthAndNearest(labels, inside, width, height) {
  return withMat(inside, width, height, cv.CV_8U, source => {
    const depth = new cv.Mat(), index = new cv.Mat();
    cv.distanceTransformWithLabels(source, depth, index, cv.DIST_L2, cv.DIST_MASK_5, cv.DIST_LABEL_PIXEL);
    const ids = index.data32S, table = new Map();
    for (let i = 0; i < inside.length; i++) if (!inside[i]) table.set(ids[i], labels[i]);
    const nearest = Uint8Array.from(ids, id => table.get(id) ?? 0), values = depth.data32F.slice();
    depth.delete();
    index.delete();
    return { depth: values, nearest };
  });
}
