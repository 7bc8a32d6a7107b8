/**
 * A plain TensorFlow.js page: a photo is chosen, then library, backend and weights are fetched at once, the trunk runs, and
 * the centre patch's attention is drawn. `document.body.dataset.drawn` is the time of the drawing, ms since the choice.
 */

const SIDE = 224;

document.getElementById("photo").addEventListener("change", async (event) => {
  const chosen = performance.now();
  const [pixels] = await Promise.all([decode(event.target.files[0]), library()]);
  const model = await globalThis.tfjsTrunk.load(document.baseURI);
  draw(weightsOf(await model.run(pixels), 24));
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
  document.body.dataset.drawn = String(performance.now() - chosen);
});

/** Library and weights side by side: a line of 20 Mbit/s is the bottleneck, not the order. */
async function library() {
  fetch("weights.bin", { priority: "low" }).then((response) => response.arrayBuffer()).then((bytes) => {
    globalThis.tfjsWeights.resolve(bytes);
  });
  const script = document.createElement("script");
  script.src = "tfjs.js";
  document.head.append(script);
  await new Promise((done, failed) => Object.assign(script, { onload: done, onerror: failed }));
}

globalThis.tfjsWeights = Promise.withResolvers();

/** The middle square, as the browser itself makes it small. */
async function decode(file) {
  const picture = await createImageBitmap(file);
  const side = Math.min(picture.width, picture.height);
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, SIDE, SIDE);
  return context.getImageData(0, 0, SIDE, SIDE);
}

/** One row of softmax(LN(f) LN(f)^T / sqrt(D) / 4), (49,), of features (49 * 1280). */
function weightsOf(features, query) {
  const width = features.length / 49;
  const rows = Array.from({ length: 49 }, (_, token) => {
    const row = features.subarray(token * width, (token + 1) * width);
    const mean = row.reduce((sum, value) => sum + value, 0) / width;
    const spread = Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width + 1e-6);
    return row.map((value) => (value - mean) / spread);
  });
  const scores = rows.map((key) => key.reduce((sum, value, at) => sum + value * rows[query][at], 0) / Math.sqrt(width) / 4);
  const top = Math.max(...scores);
  const raised = scores.map((score) => Math.exp(score - top));
  const total = raised.reduce((sum, value) => sum + value, 0);
  return raised.map((value) => value / total);
}

function draw(weights) {
  const context = document.getElementById("map").getContext("2d");
  weights.forEach((weight, token) => {
    context.fillStyle = `rgb(${Math.min(255, 510 * weight)} 0 80)`;
    context.fillRect(token % 7, Math.floor(token / 7), 1, 1);
  });
}
