/** MobileNet v2's trunk in TensorFlow.js's WebAssembly backend: BN folded, fused operators, float32 weights. */

import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { add, env, fused, ready, setBackend, tensor, tensor4d, tidy } from "@tensorflow/tfjs-core";

const SIDE = 224;
const MEAN = [0.485, 0.456, 0.406];
const SPREAD = [0.229, 0.224, 0.225];

/**
 * @param {string} base where the backend's .wasm and `weights.json` are
 * @param {{threads?: boolean}} [options]
 */
async function load(base, { threads = false } = {}) {
  // Else the backend takes threads where the page is isolated.
  if (!threads) env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  setWasmPaths(base.replace(/[^/]*$/, ""));
  const [plan, bytes] = await Promise.all([
    fetch(new URL("weights.json", base)).then((response) => response.json()),
    globalThis.tfjsWeights?.promise ?? fetch(new URL("weights.bin", base)).then((response) => response.arrayBuffer()),
    setBackend("wasm").then(ready),
  ]);
  const steps = plan.map((step) => ({
    ...step,
    ...(step.filter && { filter: view(bytes, step.filter), bias: view(bytes, step.bias) }),
  }));
  return {
    /** @param {ImageData} image 224 x 224 -> features (49 * 1280) */
    run: (image) => forward(steps, normalised(image.data, 4)),
    /** @param {Uint8Array} pixels (224*224*3) -> features (49 * 1280) */
    runPixels: (pixels) => forward(steps, normalised(pixels, 3)),
  };
}

function view(bytes, { offset, shape }) {
  return tensor(new Float32Array(bytes, offset, shape.reduce((product, size) => product * size, 1)), shape);
}

function normalised(data, channels) {
  const input = new Float32Array(SIDE * SIDE * 3);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel += 1) {
    for (let c = 0; c < 3; c += 1) {
      input[pixel * 3 + c] = (data[pixel * channels + c] / 255 - MEAN[c]) / SPREAD[c];
    }
  }
  return input;
}

async function forward(steps, input) {
  const out = tidy(() => {
    let x = tensor4d(input, [1, SIDE, SIDE, 3]);
    let held = x;
    for (const { kind, stride, pad, relu6, filter, bias } of steps) {
      if (kind === "hold") held = x;
      else if (kind === "add") x = add(x, held);
      else {
        const operator = kind === "depthwise" ? fused.depthwiseConv2d : fused.conv2d;
        const activation = relu6 ? "relu6" : "linear";
        x = operator({ x, filter, bias, strides: stride, pad, dimRoundingMode: pad ? "floor" : undefined, activation });
      }
    }
    return x;
  });
  const features = await out.data();
  out.dispose();
  return features;
}

globalThis.tfjsTrunk = { load };
