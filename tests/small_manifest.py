"""A manifest in miniature: one photo, one model, nothing on disk."""

from explainer.manifest import (
    FileRef,
    Live,
    LiveFile,
    LiveScripts,
    Manifest,
    ModelEntry,
    PhotoEntry,
    Picture,
    PictureSource,
)

FILE = FileRef("data/photos/cat/crop.png", 10, "a" * 64)
PICTURE = Picture("assets/photos/cat.jpg", 320, (PictureSource("image/avif", "assets/photos/cat.avif 320w"),))
PHOTO = PhotoEntry(
    id="cat",
    title="Cat",
    alt="A cat.",
    author="Ann",
    licence="CC0 1.0",
    licence_url="https://example.org/",
    source_url="https://example.org/cat",
    width=400,
    height=300,
    crop_box=(50, 0, 350, 300),
    crop=FILE,
    display=PICTURE,
    thumb=PICTURE,
    files={"pixels": FileRef("data/p.bin", 10, "b" * 64, "data/p.bin.js")},
)
MODEL = ModelEntry(
    name="mobilenet_v2",
    title="MobileNet v2",
    kind="stand-in",
    checkpoint="c",
    weights_sha256="c" * 64,
    licence="MIT",
    preprocessing="p",
    grid=(7, 7),
    available=True,
    onnx=FILE,
    parity={"bytes": 1},
    files={"document": FILE, "positions": FileRef("data/q.bin", 10, "c" * 64, "data/q.bin.js")},
)
RUNTIME = LiveFile(FILE, "d" * 64, 20, "deflate-raw", 1)
MANIFEST = Manifest(
    photos=(PHOTO,),
    models=(MODEL,),
    default_photo="cat",
    default_at=(80, 80),
    image_size=224,
    temperature=4.0,
    position_alpha=1.0,
    colormap="0a" * 768,
    live=Live(RUNTIME, {"mobilenet_v2": LiveFile(FILE, "e" * 64, 9, "none", 1)}),
    provenance=FILE,
    facts={"photo_count": "1"},
)
SCRIPTS = LiveScripts("assets/live.js", None, LiveFile(FILE, "f" * 64, 10, "none", 1))
