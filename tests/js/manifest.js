/** A small manifest for tests: what state and controls need of the real one. */
export const MANIFEST = {
  version: 1,
  photos: [{ id: "cat" }, { id: "coffee" }],
  models: [],
  default_photo: "cat",
  default_at: [80, 80],
  image_size: 224,
  temperature: 4,
  position_alpha: 1,
  colormap: "",
};
