"use strict";

const the = id => document.getElementById(id);
const canvas = the("canvas"), layer = document.createElement("canvas");
const LARGEST = 4096; // longer sides of pictures are scaled down to this, since a browser's canvas has a limit
const CAMERA = { width: { ideal: 320 }, height: { ideal: 240 }, facingMode: "user" };
const OPACITY = 50;

let labels = []; // the classes
let shown = null; // { name, picture (a canvas), ids, faces }
let stream = null; // the camera's, while it is on

// ---- The worker

const worker = new Worker("worker.js"), answers = new Map();
let asked = 0;

worker.onmessage = ({ data }) => {
  const { resolve, reject } = answers.get(data.id);
  answers.delete(data.id);
  data.error ? reject(new Error(data.error)) : resolve(data);
};
worker.onerror = event => fail(event.message || "The worker could not start.");

function ask(message, transfer = []) {
  const id = ++asked;
  return new Promise((resolve, reject) => {
    answers.set(id, { resolve, reject });
    worker.postMessage({ id, ...message }, transfer);
  });
}

async function parse(name, picture, quick) {
  const { width, height } = picture;
  const { data } = picture.getContext("2d", { willReadFrequently: true }).getImageData(0, 0, width, height);
  const { faces, labels: ids } = await ask({ pixels: new Uint8Array(data.buffer), width, height, quick }, [data.buffer]);
  shown = { name, picture, ids, faces };
  redraw();
}

// ---- Drawing

const fail = message => { the("fault").hidden = !message; the("fault").textContent = message; };
const tell = message => { the("status").textContent = message; };
const isOn = id => the("classes").querySelector(`input[value="${id}"]`)?.checked;

function coloured(ids, width, height, all) {
  const pixels = new ImageData(width, height), packed = new Uint32Array(pixels.data.buffer), table = new Uint32Array(256);
  for (const { id, color: [red, green, blue] } of labels)
    if (id && (all || isOn(id))) table[id] = 0xff000000 | (blue << 16) | (green << 8) | red;
  for (let i = 0; i < ids.length; i++) packed[i] = table[ids[i]];
  return pixels;
}

function redraw() {
  the("percent").textContent = `${the("opacity").value}%`;
  if (!shown) return;
  const { picture, ids } = shown, { width, height } = picture;
  for (const each of [canvas, layer]) Object.assign(each, { width, height });
  layer.getContext("2d").putImageData(coloured(ids, width, height, false), 0, 0);
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  context.globalAlpha = the("opacity").value / 100;
  context.drawImage(layer, 0, 0);
  context.globalAlpha = 1;
  canvas.hidden = false;
  the("invitation").hidden = true;
  the("save-labels").disabled = the("save-overlay").disabled = false;
}

function found(faces) {
  const detected = faces.filter(face => face.source === "detected").length;
  return detected ? `${detected} ${detected > 1 ? "faces" : "face"} found` : "No face found: the whole picture was taken for one";
}

// ---- Pictures and the camera

async function open(file) {
  if (!file) return;
  stop();
  fail("");
  tell(`Parsing ${file.name}`);
  try {
    await ready;
    const bitmap = await createImageBitmap(file).catch(() => { throw new Error(`${file.name}: your browser can't read it`); });
    const scale = Math.min(LARGEST / Math.max(bitmap.width, bitmap.height), 1);
    const picture = canvasOf(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale), bitmap);
    const start = performance.now();
    await parse(file.name.replace(/\.[^.]*$/, ""), picture, false);
    tell(`${found(shown.faces)}, ${((performance.now() - start) / 1000).toFixed(1)} s`);
  } catch (error) {
    fail(error.message);
    tell("");
  }
}

function canvasOf(width, height, source) {
  const picture = Object.assign(document.createElement("canvas"), { width, height });
  const context = picture.getContext("2d", { willReadFrequently: true });
  context.fillRect(0, 0, width, height); // clear pixels are black, as in Python
  context.drawImage(source, 0, 0, width, height);
  return picture;
}

function stop() {
  stream?.getTracks().forEach(track => track.stop());
  stream = null;
  the("camera").setAttribute("aria-pressed", "false");
  the("camera").textContent = "Use the camera";
}

async function watch() {
  fail("");
  try {
    await ready;
    const own = stream = await navigator.mediaDevices.getUserMedia({ video: CAMERA });
    the("camera").setAttribute("aria-pressed", "true");
    the("camera").textContent = "Stop the camera";
    const video = Object.assign(document.createElement("video"), { srcObject: own, muted: true, playsInline: true });
    await video.play();
    let since = performance.now(), count = 0;
    while (stream === own && own.active) {
      await parse("camera", canvasOf(video.videoWidth, video.videoHeight, video), true);
      count += 1;
      const seconds = (performance.now() - since) / 1000;
      if (seconds < 1) continue;
      tell(`${(count / seconds).toFixed(1)} frames a second, without GrabCut`);
      [since, count] = [performance.now(), 0];
    }
  } catch (error) {
    fail(`The camera: ${error.message}`);
    stop();
  }
}

// ---- Downloads

function save(drawn, name) {
  drawn.toBlob(blob => {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }, "image/png");
}

function saveLabels() {
  const { name, picture: { width, height }, ids } = shown;
  const drawn = Object.assign(document.createElement("canvas"), { width, height });
  const pixels = coloured(ids, width, height, true);
  for (let i = 3; i < pixels.data.length; i += 4) pixels.data[i] = 255;
  drawn.getContext("2d").putImageData(pixels, 0, 0);
  save(drawn, `${name}_labels.png`);
}

// ---- Controls

function point(event) {
  if (!shown) return;
  const { left, top, width, height } = canvas.getBoundingClientRect(), { picture, ids } = shown;
  const scale = Math.min(width / picture.width, height / picture.height);
  const x = Math.floor((event.clientX - left - (width - scale * picture.width) / 2) / scale);
  const y = Math.floor((event.clientY - top - (height - scale * picture.height) / 2) / scale);
  const inside = x >= 0 && y >= 0 && x < picture.width && y < picture.height;
  const label = inside && labels.find(({ id }) => id && id === ids[y * picture.width + x]);
  the("pointed").textContent = label ? label.name.replaceAll("_", " ") : "";
}

async function start() {
  ({ labels } = await ask({ load: true }));
  for (const { id, name, color } of labels.slice(1)) {
    const item = document.createElement("li"), label = document.createElement("label"), swatch = document.createElement("i");
    swatch.style.setProperty("--swatch", `rgb(${color.join(" ")})`);
    const check = Object.assign(document.createElement("input"), { type: "checkbox", checked: true, value: id });
    label.append(check, swatch, name.replaceAll("_", " "));
    item.append(label);
    the("classes").append(item);
  }
  tell("Ready");
}

the("opacity").value = OPACITY;
the("file").addEventListener("change", event => { open(event.target.files[0]); event.target.value = ""; });
the("invitation").addEventListener("click", () => the("file").click());
addEventListener("dragover", event => { event.preventDefault(); the("stage").classList.add("over"); });
addEventListener("dragleave", event => { if (!event.relatedTarget) the("stage").classList.remove("over"); });
addEventListener("drop", event => {
  event.preventDefault();
  the("stage").classList.remove("over");
  open(event.dataTransfer.files[0]);
});
the("camera").addEventListener("click", () => stream ? stop() : watch());
the("opacity").addEventListener("input", redraw);
the("classes").addEventListener("change", redraw);
the("save-labels").addEventListener("click", saveLabels);
the("save-overlay").addEventListener("click", () => save(canvas, `${shown.name}_overlay.png`));
canvas.addEventListener("pointermove", point);
canvas.addEventListener("pointerleave", () => { the("pointed").textContent = ""; });

const ready = start().catch(error => {
  tell("");
  fail(error.message);
  throw error;
});
redraw();
