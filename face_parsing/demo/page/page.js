"use strict";

const the = id => document.getElementById(id);
const canvas = the("canvas");
const layer = document.createElement("canvas"); // the label map in colour, laid over the picture
const BOX = { detected: "#50dc50", interpolated: "#ffc83c", whole_frame: "#ff3c3c" };
const JPEG_QUALITY = 0.85;
const CAMERA = { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "user" };

let settings = null; // the server's: labels, opacity, bytes
let upload = null; // what is shown: its name, frames a second, and its frames as the server answered them
let shown = null; // the frame that is drawn: its record, picture, and class ids row by row
let work = null; // an AbortController while the server works
let stream = null; // the camera's, while it is on
let playing = false;

// ---- Asking the server

// Yields the records of an upload; throws an Error whose message is the server's line.
async function* parse(body, name, signal) {
  const response = await fetch(`parse?name=${encodeURIComponent(name)}`, { method: "POST", body, signal });
  if (!response.ok) throw new Error((await response.json()).error);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = value.split("\n");
    text.push(lines.shift());
    for (const rest of lines) {
      const record = JSON.parse(text.join(""));
      if (record.error) throw new Error(record.error);
      yield record;
      text = [rest];
    }
  }
}

const bytesOf = base64 => Uint8Array.from(atob(base64), character => character.charCodeAt(0));

async function inflated(bytes) {
  const whole = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(whole).arrayBuffer());
}

async function decoded(record) {
  const picture = new Image();
  picture.src = `data:image/jpeg;base64,${record.image}`;
  const [ids] = await Promise.all([inflated(bytesOf(record.classes)), picture.decode()]);
  return { record, picture, ids };
}

// ---- Drawing

const classes = () => [...document.querySelectorAll("#classes li")];

// The colour of each class id as a canvas holds it in memory; classes that are off, and the background, are clear.
function colours() {
  const bytes = new Uint8ClampedArray(4 * 256);
  for (const item of classes()) {
    if (!item.querySelector("[type=checkbox]").checked) continue;
    const rgb = parseInt(item.querySelector("[type=color]").value.slice(1), 16);
    bytes.set([rgb >> 16, (rgb >> 8) & 255, rgb & 255, 255], 4 * Number(item.dataset.id));
  }
  return new Uint32Array(bytes.buffer);
}

function draw({ record, picture, ids }, target) {
  const { width, height } = record;
  for (const each of [target, layer]) if (each.width !== width || each.height !== height) Object.assign(each, { width, height });
  const pixels = new ImageData(width, height), packed = new Uint32Array(pixels.data.buffer), table = colours();
  for (let i = 0; i < ids.length; i++) packed[i] = table[ids[i]];
  layer.getContext("2d").putImageData(pixels, 0, 0);
  const context = target.getContext("2d");
  context.globalAlpha = 1;
  context.drawImage(picture, 0, 0, width, height);
  context.globalAlpha = the("opacity").value / 100;
  context.drawImage(layer, 0, 0);
  context.globalAlpha = 1;
  if (!the("boxes").checked) return;
  context.lineWidth = Math.max(Math.round(Math.min(width, height) / 200), 1);
  for (const { box: [x1, y1, x2, y2], source } of record.faces) {
    context.strokeStyle = BOX[source];
    context.strokeRect(x1, y1, x2 - x1, y2 - y1);
  }
}

let due = false; // a slider moves more often than the screen shows
function redraw() {
  the("percent").value = `${the("opacity").value}%`;
  if (!shown || due) return;
  due = true;
  requestAnimationFrame(() => { due = false; draw(shown, canvas); });
}

let wanted = null; // the frame that was last asked for: decoding ends in another order than it begins
async function show(record) {
  wanted = record;
  const frame = await decoded(record);
  if (wanted !== record) return;
  shown = frame;
  draw(shown, canvas);
  canvas.hidden = false;
  the("invitation").hidden = true;
  for (const id of ["save-labels", "save-overlay"]) the(id).disabled = false;
  the("position").value = record.frame;
  the("place").value = `${record.frame + 1} / ${record.of}`;
}

function faces({ faces: found }) {
  if (found.every(face => face.source === "whole_frame")) return "No face found; the whole picture was taken for one.";
  return found.length === 1 ? "One face." : `${found.length} faces.`;
}

// ---- What the page tells

function tell(line) {
  if (the("status").textContent !== line) the("status").textContent = line;
}

function fail(line) {
  the("fault").textContent = line;
  the("fault").hidden = !line;
}

function progress(share) {
  the("progress").hidden = share === null;
  the("progress").value = share ?? 0;
}

function began() {
  work?.abort();
  stop();
  playing = false;
  fail("");
  the("player").hidden = the("save-video").hidden = true;
  the("rate").textContent = the("pointed").textContent = "";
  work = new AbortController();
  the("cancel").hidden = false;
  return work;
}

function ended(mine) {
  if (work !== mine) return;
  work = null;
  the("cancel").hidden = true;
  progress(null);
}

// What went wrong, but for what the user cancelled.
function failed(error, mine) {
  if (mine.signal.aborted) return;
  fail(error instanceof TypeError ? "No answer: does `face-parsing demo` still run?" : error.message);
  tell("");
}

// ---- Pictures and videos

async function open(file) {
  if (!file) return;
  const mine = began();
  try {
    await started;
    if (mine.signal.aborted) return;
    if (file.size > settings.bytes) {
      const mebibytes = bytes => Math.ceil(bytes / 2 ** 20);
      throw new Error(`${file.name}: ${mebibytes(file.size)} MiB; expected ${mebibytes(settings.bytes)} at most`);
    }
    tell(`Reading ${file.name}`);
    const opened = { name: file.name.replace(/\.[^.]*$/, ""), rate: null, frames: [] };
    for await (const record of parse(file, file.name, mine.signal)) {
      if (record.found !== undefined) {
        tell(`Finding the face: frame ${record.found} of ${record.of}`);
        progress(0.5 * record.found / record.of);
        continue;
      }
      opened.rate = record.rate;
      opened.frames.push(record);
      upload = opened;
      await show(record);
      if (mine.signal.aborted) return; // cancelled while it was shown
      if (record.of > 1) {
        tell(`Labelling: frame ${record.frame + 1} of ${record.of}`);
        progress(0.5 + 0.5 * (record.frame + 1) / record.of);
      }
    }
    const last = opened.frames.at(-1);
    if (last.of === 1) tell(`${file.name}, ${last.width} × ${last.height}. ${faces(last)}`);
    else {
      tell(`${file.name}, ${last.width} × ${last.height}, ${last.of} frames.`);
      offerPlayer();
      if (!matchMedia("(prefers-reduced-motion: reduce)").matches) play();
    }
  } catch (error) {
    failed(error, mine);
  } finally {
    if (work === mine) offerPlayer(); // a part of a video too, and the one before where this one failed
    ended(mine);
  }
}

function offerPlayer() {
  const length = upload?.frames.length ?? 0;
  the("position").max = length - 1;
  the("player").hidden = the("save-video").hidden = length < 2;
}

// Shows the frames by the clock, from where the slider stands, over and over; passes over those that come too late.
async function play() {
  playing = true;
  the("play").textContent = "Pause";
  const { frames, rate } = upload;
  const first = (Number(the("position").value) + 1) % frames.length, start = performance.now();
  const stillPlays = () => playing && upload.frames === frames;
  let last = -1;
  while (stillPlays()) {
    const number = (first + Math.floor((performance.now() - start) / 1000 * rate)) % frames.length;
    if (number !== last) await show(frames[last = number]);
    await new Promise(requestAnimationFrame);
  }
  the("play").textContent = "Play";
}

// ---- The camera

function stop() {
  stream?.getTracks().forEach(track => track.stop());
  stream = null;
  the("camera").setAttribute("aria-pressed", "false");
  the("camera").textContent = "Use the camera";
}

async function watch() {
  const mine = began();
  try {
    await started;
    if (mine.signal.aborted) return;
    tell("Waiting for the camera");
    const own = await askCamera();
    if (mine.signal.aborted) return own.getTracks().forEach(track => track.stop());
    stream = own;
    the("camera").setAttribute("aria-pressed", "true");
    the("camera").textContent = "Stop the camera";
    the("cancel").hidden = true;
    const video = Object.assign(document.createElement("video"), { srcObject: own, muted: true, playsInline: true });
    await video.play();
    const frame = document.createElement("canvas");
    let since = performance.now(), count = 0;
    while (stream === own && own.active) {
      Object.assign(frame, { width: video.videoWidth, height: video.videoHeight });
      frame.getContext("2d").drawImage(video, 0, 0);
      for await (const record of parse(await blobOf(frame, "image/jpeg", 0.9), "camera", mine.signal)) {
        upload = { name: "camera", rate: null, frames: [record] };
        await show(record);
        if (mine.signal.aborted) return; // stopped while it was shown
        tell(faces(record));
        count += 1;
      }
      const seconds = (performance.now() - since) / 1000;
      if (seconds < 1) continue;
      the("rate").textContent = `${(count / seconds).toFixed(1)} frames a second`;
      [since, count] = [performance.now(), 0];
    }
  } catch (error) {
    failed(error, mine);
  } finally {
    if (work === mine) stop();
    ended(mine);
  }
}

async function askCamera() {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: CAMERA });
  } catch (error) {
    const why = { NotAllowedError: "the browser was not allowed to use it", NotFoundError: "none was found" };
    throw new Error(`The camera: ${why[error.name] ?? error.message}.`);
  }
}

// ---- Downloads

const blobOf = (drawn, type, quality) => new Promise(resolve => drawn.toBlob(resolve, type, quality));

function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function frameName() {
  return shown.record.of > 1 ? `${upload.name}_${String(shown.record.frame).padStart(5, "0")}` : upload.name;
}

function saveLabels() {
  save(new Blob([bytesOf(shown.record.label_map)], { type: "image/png" }), `${frameName()}.png`);
}

async function saveOverlay() {
  const name = `${frameName()}_overlay.png`;
  save(await blobOf(canvas, "image/png"), name);
}

// The frames as they are shown now, each after its length, which the server makes a video of.
async function saveVideo() {
  const { name, rate, frames } = upload, mine = began(), parts = [], drawn = document.createElement("canvas");
  try {
    for (const record of frames) {
      tell(`Drawing frame ${record.frame + 1} of ${frames.length}`);
      progress(record.frame / frames.length);
      draw(await decoded(record), drawn);
      const picture = await blobOf(drawn, "image/jpeg", JPEG_QUALITY);
      if (mine.signal.aborted) return;
      const length = new DataView(new ArrayBuffer(4));
      length.setUint32(0, picture.size);
      parts.push(length, picture);
    }
    tell("Writing the video");
    progress(1);
    const asked = { method: "POST", body: new Blob(parts), signal: mine.signal };
    const response = await fetch(`video?rate=${rate}`, asked);
    if (!response.ok) throw new Error((await response.json()).error);
    save(await response.blob(), `${name}_overlay.webm`);
    tell(`${name}_overlay.webm is made.`);
  } catch (error) {
    failed(error, mine);
  } finally {
    if (work === mine) offerPlayer();
    ended(mine);
  }
}

// ---- Controls

function listClasses() {
  const hex = color => `#${color.map(value => value.toString(16).padStart(2, "0")).join("")}`;
  for (const { id, name, color } of settings.labels) {
    const spoken = name.replaceAll("_", " "), item = document.createElement("li");
    const swatch = Object.assign(document.createElement("input"), { type: "color", value: hex(color), title: "Change the colour" });
    swatch.setAttribute("aria-label", `Colour of ${spoken}`);
    const check = Object.assign(document.createElement("input"), { type: "checkbox", checked: true });
    const label = document.createElement("label");
    label.append(check, spoken[0].toUpperCase() + spoken.slice(1));
    item.dataset.id = id;
    item.append(swatch, label);
    the("classes").append(item);
  }
}

function check(all) {
  for (const item of classes()) item.querySelector("[type=checkbox]").checked = all;
  redraw();
}

function point(event) {
  const { left, top, width, height } = canvas.getBoundingClientRect(), { record, ids } = shown;
  const scale = Math.min(width / record.width, height / record.height);
  const x = Math.floor((event.clientX - left - (width - scale * record.width) / 2) / scale);
  const y = Math.floor((event.clientY - top - (height - scale * record.height) / 2) / scale);
  const inside = x >= 0 && y >= 0 && x < record.width && y < record.height;
  const label = inside && settings.labels.find(each => each.id === ids[y * record.width + x]);
  the("pointed").textContent = label ? `Here: ${label.name.replaceAll("_", " ")}` : "";
}

function listen() {
  the("file").addEventListener("change", event => { open(event.target.files[0]); event.target.value = ""; });
  addEventListener("dragover", event => { event.preventDefault(); the("stage").classList.add("over"); });
  addEventListener("dragleave", event => { if (!event.relatedTarget) the("stage").classList.remove("over"); });
  addEventListener("drop", event => {
    event.preventDefault();
    the("stage").classList.remove("over");
    open(event.dataTransfer.files[0]);
  });
  the("invitation").addEventListener("click", () => the("file").click());
  the("camera").addEventListener("click", () => stream ? cancel() : watch());
  the("cancel").addEventListener("click", cancel);
  the("opacity").addEventListener("input", redraw);
  the("boxes").addEventListener("change", redraw);
  the("classes").addEventListener("input", redraw);
  the("all").addEventListener("click", () => check(true));
  the("none").addEventListener("click", () => check(false));
  the("play").addEventListener("click", () => playing ? playing = false : play());
  the("position").addEventListener("input", event => { playing = false; show(upload.frames[event.target.value]); });
  the("save-labels").addEventListener("click", saveLabels);
  the("save-overlay").addEventListener("click", saveOverlay);
  the("save-video").addEventListener("click", saveVideo);
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerleave", () => { the("pointed").textContent = ""; });
}

function cancel() {
  work?.abort();
  stop();
  tell("Stopped.");
}

// Listens first: what is chosen before the settings have come waits for them.
async function start() {
  listen();
  settings = await (await fetch("settings")).json();
  the("opacity").value = Math.round(100 * settings.opacity);
  listClasses();
  redraw();
}

const started = start();
