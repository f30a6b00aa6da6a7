"use strict";
// A second look at uncertain faces, as face_parsing/runtime/second_look.py and face_parsing/faces/boxes.py take it.

const SURE = 0.9, FURTHER = 0.4, INNER_SHARE = 0.02, PART_SHARE = 0.005, SURELY_INNER = 0.05, AGREES = 0.75, OTHERS = 3, LEAST_SCORE = 0.15, SAME = 0.5, MIN_AREA = 64, LOOKS = 3;
const JOIN_GAP = 0.25; // of the larger face's longer side
const OUTSIDE = ["clothing", "necklace"];
const INNER = [
  ["left_eye", "right_eye", "left_eyebrow", "right_eyebrow", "glasses"], ["nose"], ["upper_lip", "inner_mouth", "lower_lip"],
];

const overlap = (a, b) => common(a, b) / Math.max(area(a) + area(b) - common(a, b), 1e-9);
const gap = (a, b) => Math.hypot(...[0, 1].map(i => Math.max(a[i] - b[i + 2], b[i] - a[i + 2], 0)));
const longer = box => Math.max(box[2] - box[0], box[3] - box[1]);

// The boxes of the faces in a label map, the one with the largest piece first.
function faceBoxes(labels, width, height, outside, paired) {
  const inside = labels.map(label => label && label !== 255 && !outside.has(label) ? 1 : 0);
  const { ids, stats } = withMat(inside, width, height, cv.CV_8U, mask => {
    const [pieces, table, centers] = [new cv.Mat(), new cv.Mat(), new cv.Mat()];
    cv.connectedComponentsWithStats(mask, pieces, table, centers, 8);
    const out = { ids: pieces.data32S.slice(), stats: table.data32S.slice() };
    for (const each of [pieces, table, centers]) each.delete();
    return out;
  });
  const numbers = [...Array(stats.length / 5).keys()].slice(1).filter(k => stats[5 * k + 4] >= MIN_AREA);
  numbers.sort((a, b) => stats[5 * b + 4] - stats[5 * a + 4] || a - b);
  const faces = [];
  for (const k of numbers) {
    const [x, y, w, h] = stats.subarray(5 * k, 5 * k + 4), own = new Set();
    for (let row = y; row < y + h; row++)
      for (let column = x; column < x + w; column++) {
        const i = row * width + column;
        if (ids[i] === k && paired.has(labels[i])) own.add(labels[i]);
      }
    const box = [x, y, x + w, y + h];
    const near = faces.filter(face => gap(face.box, box) <= JOIN_GAP * longer(face.box) && ![...own].some(label => face.paired.has(label)));
    if (!near.length) {
      faces.push({ box, paired: own });
      continue;
    }
    const face = near.reduce((best, each) => gap(each.box, box) < gap(best.box, box) ? each : best);
    face.box = [Math.min(face.box[0], x), Math.min(face.box[1], y), Math.max(face.box[2], x + w), Math.max(face.box[3], y + h)];
    own.forEach(label => face.paired.add(label));
  }
  return faces.map(face => face.box);
}

// A face with the better box, and whether it is a face. labelsOf: the label map of an image with one face.
async function fitted(face, labelsOf, about) {
  if (face.source === "detected" && face.score >= SURE) return { face, isFace: true };
  let isFace = false;
  for (let look = 0; look < LOOKS; look++) {
    const { box, holds } = await labelledBox(face, labelsOf, about);
    if (!holds) break;
    isFace = true;
    if (face.source !== "detected" || overlap(box, face.box) >= AGREES) break;
    face = { ...face, box };
  }
  return { face, isFace };
}

// The box of the labelled pixels in a face's crop, and whether they are a face's.
async function labelledBox(face, labelsOf, { width, height, ids }) {
  const labels = await labelsOf(face), [box] = faceBoxes(labels, width, height, ids.outside, ids.paired);
  const shares = INNER.map(() => 0);
  let labelled = 0;
  for (const label of labels) {
    ids.inner.forEach((part, i) => { shares[i] += part.has(label); });
    if (label && !ids.outside.has(label)) labelled++;
  }
  const several = shares.filter(count => count / labelled >= PART_SHARE).length > 1;
  const inner = shares.reduce((sum, count) => sum + count, 0) / labelled;
  return { box, holds: box !== undefined && inner >= (several ? INNER_SHARE : SURELY_INNER) };
}

// The faces of an image with better boxes, and perhaps another main face.
async function lookedAgain(faces, found, labelsOf, about) {
  const [main] = faces, others = [];
  const sorted = [...found].sort((a, b) => b.score - a.score)
    .map(({ box, score }) => ({ box: box.map(toCents), score: toCents(score), source: "detected" }));
  for (const candidate of sorted) {
    const taken = [...(main.source === "detected" ? [main] : []), ...others];
    if (candidate.score >= LEAST_SCORE && others.length < OTHERS && taken.every(face => overlap(candidate.box, face.box) < SAME))
      others.push(candidate);
  }
  let chosen = { box: [0, 0, about.width, about.height], score: 0, source: "whole_frame" };
  for (const option of [main, ...others]) {
    const { face, isFace } = await fitted(option, labelsOf, about);
    if (isFace) {
      chosen = face;
      break;
    }
  }
  const out = [chosen];
  const apart = face => out.every(({ box, source }) =>
    source !== "detected" || common(face.box, box) <= SHARED * Math.min(area(face.box), area(box)));
  for (const candidate of sorted)
    if (candidate.score >= FURTHER && apart(candidate)) {
      const { face, isFace } = await fitted(candidate, labelsOf, about);
      if (isFace && apart(face)) out.push(face);
    }
  return out;
}

// The ids that the second look distinguishes, of a label table as models.json has it.
function lookIds(labels) {
  const of = names => new Set(labels.filter(({ name }) => names.includes(name)).map(({ id }) => id));
  const outside = of(OUTSIDE);
  const paired = new Set(labels.filter(({ mirror, id }) => mirror !== null && !outside.has(id)).map(({ id }) => id));
  return { outside, inner: INNER.map(of), paired };
}
