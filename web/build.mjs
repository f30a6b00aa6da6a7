// Puts the page, its libraries and an export of models into one folder for any static host:
// npm run build [-- EXPORTED [FOLDER]], by default the bundled models, into dist.
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const [exported = join(here, "../weights/exported"), folder = join(here, "dist")] = process.argv.slice(2);
const libraries = {
  "onnxruntime-web/dist": ["ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"],
  "@techstark/opencv-js/dist": ["opencv.js"],
};

rmSync(folder, { recursive: true, force: true });
cpSync(join(here, "src"), folder, { recursive: true });
mkdirSync(join(folder, "libraries"));
for (const [place, files] of Object.entries(libraries))
  for (const file of files) copyFileSync(join(here, "node_modules", place, file), join(folder, "libraries", file));
mkdirSync(join(folder, "models"));
const models = JSON.parse(readFileSync(join(exported, "models.json"), "utf8"));
for (const file of ["models.json", models.detector.file, ...models.segmenters.map(each => each.file)])
  copyFileSync(join(exported, file), join(folder, "models", file));
console.log(folder);
