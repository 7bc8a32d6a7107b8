"""What a photo costs beyond the model: DINOv2's two forward passes against all that the build makes of them.

    python benchmarks/vit.py [--weights-dir FOLDER]

Bare: two passes a photo, as the positions are switched off in one of them, and writing as many bytes to as many files.
All: the same passes, every measure, every pack, and writing them; not the agreement with the stand-in, which reads the
packs from the disk. Photo by photo, turn about, in one run; the bar is 1.5. Another program on the same cores shows in
every number: measure in quiet. benchmarks/build.py measures the cold build.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from platformdirs import user_cache_path
from rich.console import Console
from rich.table import Table

from explainer import photos, preprocess, vit_artifacts, vit_run, vit_weights, weights
from explainer.config import DINOV2_VITS14
from explainer.vit import VisionTransformer

ROOT = Path(__file__).resolve().parents[1]
BAR = 1.5


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """-> wall clock, processor time of all threads."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def write(files: Mapping[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def both_ways(
    network: VisionTransformer, photo: photos.Photo, folder: Path, rounds: int
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """-> by round, what bare passes took, and all of it; see `seconds`."""
    pixels = preprocess.to_input(preprocess.model_pixels(photo))
    tensor = torch.from_numpy(pixels)

    def everything() -> dict[str, bytes]:
        run, plain = vit_run.runs(network, pixels, [True, False])
        files = vit_artifacts.photo_files(DINOV2_VITS14.name, run, plain, None, preprocess.IMAGE_SIZE)
        write(files, folder)
        return files

    files = everything()  # the first passes warm caches up

    def bare() -> None:
        with torch.inference_mode():
            network(tensor)
            network(tensor, positions=0.0)
        write(files, folder)

    return [(seconds(bare), seconds(everything)) for _ in range(rounds)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--weights-dir", type=Path)
    parser.add_argument("--rounds", type=int, default=5, help="how often each photo is done both ways (default: 5)")
    given = parser.parse_args()
    cache = user_cache_path("vision-transformers-on-real-photos", appauthor=False)
    network = vit_weights.load(weights.find(DINOV2_VITS14, None, given.weights_dir, cache))
    table = Table("photo", "bare, s", "all, s", "ratio", "ratio of processor time")
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for photo in photos.load_photos(ROOT / "photos"):
            rounds = both_ways(network, photo, Path(folder), given.rounds)
            (bare_clock, bare_processor), (all_clock, all_processor) = (
                tuple(statistics.median(found[way][unit] for found in rounds) for unit in range(2)) for way in range(2)
            )
            ratios.append(all_clock / bare_clock)
            numbers = bare_clock, all_clock, ratios[-1], all_processor / bare_processor
            table.add_row(photo.id, *(f"{number:.3f}" for number in numbers))
    console = Console()
    console.print(table)
    console.print(f"{torch.get_num_threads()} threads; median ratio {statistics.median(ratios):.2f}, the bar is {BAR}")


if __name__ == "__main__":
    main()
