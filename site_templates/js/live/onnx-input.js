/**
 * Turns a constant of an ONNX file into an input, for runtimes that cannot change constants. Knows no DOM.
 *
 * The part of the format that is needed (onnx.proto3, in protobuf's wire format): a file is a ModelProto, whose field 7 is
 * the GraphProto; its field 5 holds the initializers, TensorProtos, whose field 8 is their name; its field 11 the inputs.
 * A message that comes twice is merged, and lists in it are joined: so an input is added by appending another, tiny graph.
 */

const GRAPH = 7;
const [INITIALIZER, INPUT] = [5, 11];
const [DIMS, DATA_TYPE, TENSOR_NAME] = [1, 2, 8];
const [VARINT, FIXED_64, BYTES, FIXED_32] = [0, 1, 2, 5];

/** @typedef {{field: number, wire: number, start: number, end: number, value: number}} Field `value` of a varint; where its bytes lie */

/**
 * A copy of a file in which the named initializer is an input of the same name, type and shape that must be given.
 * @param {Uint8Array} model
 * @param {string} name begins with a letter
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function withInput(model, name) {
  const tensor = initializer(model, name);
  const declared = message(GRAPH, message(INPUT, [...text(1, name), ...message(2, message(1, tensorType(model, tensor)))]));
  const changed = new Uint8Array(model.length + declared.length);
  changed.set(model);
  changed.set(declared, model.length);
  // Under another name, a letter of the other case, the constant is no longer the input's default; nothing asks for it.
  changed[field(model, tensor, TENSOR_NAME).start] ^= 0x20;
  return changed;
}

/**
 * @param {Uint8Array} model
 * @param {string} name
 * @returns {Field} the TensorProto
 */
function initializer(model, name) {
  const wanted = new TextEncoder().encode(name);
  for (const tensor of fields(model, field(model, { start: 0, end: model.length }, GRAPH))) {
    if (tensor.field !== INITIALIZER || tensor.wire !== BYTES) continue;
    const { start, end } = field(model, tensor, TENSOR_NAME);
    if (end - start === wanted.length && wanted.every((byte, index) => model[start + index] === byte)) return tensor;
  }
  throw new RangeError(`The model has no initializer ${JSON.stringify(name)}.`);
}

/**
 * The tensor's element type and shape, as a TypeProto.Tensor.
 * @param {Uint8Array} model
 * @param {Field} tensor
 * @returns {number[]}
 */
function tensorType(model, tensor) {
  /** @type {number[]} */
  const dims = [];
  for (const part of fields(model, tensor)) {
    if (part.field !== DIMS) continue;
    if (part.wire === VARINT) dims.push(part.value);
    // A packed list.
    else for (let at = part.start; at < part.end; ) at = readVarint(model, at, (value) => dims.push(value));
  }
  const shape = dims.flatMap((dim) => message(1, [1 << 3, ...varint(dim)]));
  return [1 << 3, ...varint(field(model, tensor, DATA_TYPE).value), ...message(2, shape)];
}

/**
 * The first field of a number in a message.
 * @param {Uint8Array} bytes
 * @param {{start: number, end: number}} within
 * @param {number} number
 * @returns {Field}
 */
function field(bytes, within, number) {
  for (const found of fields(bytes, within)) if (found.field === number) return found;
  throw new RangeError(`Not an ONNX file: a message lacks its field ${number}.`);
}

/**
 * @param {Uint8Array} bytes
 * @param {{start: number, end: number}} within
 * @returns {Generator<Field, void, void>}
 */
function* fields(bytes, { start, end }) {
  for (let at = start; at < end; ) {
    let [tag, value] = [0, 0];
    at = readVarint(bytes, at, (read) => (tag = read));
    const wire = tag & 7;
    if (wire === VARINT || wire === BYTES) at = readVarint(bytes, at, (read) => (value = read));
    else if (wire !== FIXED_64 && wire !== FIXED_32) throw new RangeError(`Not an ONNX file: wire type ${wire}.`);
    const length = wire === BYTES ? value : { [VARINT]: 0, [FIXED_64]: 8, [FIXED_32]: 4 }[wire];
    if (at + length > end) throw new RangeError("An ONNX file cut short.");
    yield { field: Math.floor(tag / 8), wire, start: at, end: at + length, value };
    at += length;
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {(value: number) => void} take
 * @returns {number} where the next one begins
 */
function readVarint(bytes, at, take) {
  let [value, scale] = [0, 1];
  for (;;) {
    if (at >= bytes.length) throw new RangeError("An ONNX file cut short.");
    const byte = bytes[at];
    at += 1;
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 128) break;
  }
  take(value);
  return at;
}

/** @param {number} value @returns {number[]} */
function varint(value) {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

/** @param {number} number @param {number[]} content @returns {number[]} */
function message(number, content) {
  return [(number << 3) | BYTES, ...varint(content.length), ...content];
}

/** @param {number} number @param {string} value @returns {number[]} */
function text(number, value) {
  return message(number, [...new TextEncoder().encode(value)]);
}
