"""What a photo costs beyond the model: DINOv2's two forward passes against all that the build makes of them.

    python benchmarks/vit.py [--weights-dir FOLDER]

Bare: two passes a photo, as the positions are switched off in one of them. All: the same passes, with every measure and
every pack; not the agreement with the stand-in, which reads the packs from the disk. Photo by photo, turn about, in one
run; the bar is 1.5. benchmarks/build.py measures the cold build.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from platformdirs import user_cache_path
from rich.console import Console
from rich.table import Table

from explainer import photos, preprocess, vit_artifacts, vit_run, vit_weights, weights
from explainer.config import DINOV2_VITS14

ROOT = Path(__file__).resolve().parents[1]
BAR = 1.5


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """-> wall clock, processor time of all threads."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--weights-dir", type=Path)
    parser.add_argument("--rounds", type=int, default=3, help="how often each photo is done both ways")
    given = parser.parse_args()
    cache = user_cache_path("vision-transformers-on-real-photos", appauthor=False)
    network = vit_weights.load(weights.find(DINOV2_VITS14, None, given.weights_dir, cache))
    table = Table("photo", "bare, s", "all, s", "ratio", "ratio of processor time")
    ratios = []
    for photo in photos.load_photos(ROOT / "photos"):
        pixels = preprocess.to_input(preprocess.model_pixels(photo))
        tensor = torch.from_numpy(pixels)

        def bare(tensor: torch.Tensor = tensor) -> None:
            with torch.inference_mode():
                network(tensor)
                network(tensor, positions=0.0)

        def everything(pixels: vit_run.Array = pixels) -> None:
            both = [vit_run.run(network, pixels, positions=positions) for positions in (True, False)]
            vit_artifacts.photo_files(DINOV2_VITS14.name, both[0], both[1], None, preprocess.IMAGE_SIZE)

        bare()  # the first passes warm caches up
        rounds = [(seconds(bare), seconds(everything)) for _ in range(given.rounds)]
        (bare_clock, bare_processor), (all_clock, all_processor) = (
            tuple(statistics.median(found[way][unit] for found in rounds) for unit in range(2)) for way in range(2)
        )
        ratios.append(all_clock / bare_clock)
        numbers = (
            f"{bare_clock:.3f}",
            f"{all_clock:.3f}",
            f"{ratios[-1]:.2f}",
            f"{all_processor / bare_processor:.2f}",
        )
        table.add_row(photo.id, *numbers)
    console = Console()
    console.print(table)
    console.print(f"{torch.get_num_threads()} threads; median ratio {statistics.median(ratios):.2f}, the bar is {BAR}")


if __name__ == "__main__":
    main()
