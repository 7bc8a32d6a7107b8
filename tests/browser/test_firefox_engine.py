"""The engine in real Firefox, under the site's policy, over http and from a folder: its numbers, its misfortunes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from engine_pages import (
    DINO,
    FAILURE,
    MOBILENET,
    ONE_PHOTO,
    PREPARE,
    RUN,
    START,
    TOLERANCE,
    Server,
    copy_with_engine_page,
    native,
    outputs,
    serving,
)
from firefox import Firefox


@pytest.fixture(scope="module")
def engine_site(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_with_engine_page(site, tmp_path_factory.mktemp("firefox") / "site")


@pytest.fixture
def server(engine_site: Path) -> Iterator[Server]:
    with serving(engine_site) as told:
        yield told


def opened(firefox: Firefox, address: str) -> None:
    firefox.go(address, "404.html")
    firefox.promised(START, ONE_PHOTO)


def numbers(firefox: Firefox, model: str, **options: Any) -> dict[str, npt.NDArray[np.float32]]:
    """The page's engine on its photo -> each output, flat."""
    return outputs(firefox.promised(RUN, [model, options]))


@pytest.mark.parametrize("place", ["http", "file"])
def test_both_models_give_the_files_numbers(firefox: Firefox, engine_site: Path, server: Server, place: str) -> None:
    opened(firefox, server.address if place == "http" else engine_site.as_uri() + "/")
    told = firefox.promised(PREPARE, MOBILENET)
    assert {progress["phase"] for progress in told} == {"download", "start"}
    assert told[-1]["loaded"] == told[-1]["total"]
    for model, options, constants in (
        (MOBILENET, {}, {}),
        (DINO, {}, {"positions": 1.0}),
        (DINO, {"positions": False}, {"positions": 0.0}),
    ):
        got = numbers(firefox, model, **options)
        for name, expected in native(engine_site, model, ONE_PHOTO, **constants).items():
            values = expected[0].reshape(1280, 49).T if model == MOBILENET else expected
            furthest = np.abs(got[name] - values.ravel()).max()
            print(f"{model} {options} {name}: largest difference from native {furthest:.2g}")
            assert furthest < TOLERANCE[model] * max(1, np.abs(values).max() / 10), name
    assert firefox.trouble == []


def test_at_the_second_visit_nothing_is_fetched(firefox: Firefox, server: Server) -> None:
    opened(firefox, server.address)
    assert server.asked == []
    firefox.promised(PREPARE, MOBILENET)
    opened(firefox, server.address)
    firefox.promised(PREPARE, MOBILENET)
    assert [name.rpartition(".")[2] for name, _ in server.asked] == ["xz", "deflate"]
    assert numbers(firefox, MOBILENET)["features"].shape == (49 * 1280,)
    assert firefox.trouble == []


def test_a_download_that_breaks_off_is_told_and_goes_on_where_it_stopped(firefox: Firefox, server: Server) -> None:
    opened(firefox, server.address)
    server.cut["mobilenet_v2.onnx.deflate"] = 2_500_000
    name, message = firefox.promised(FAILURE, MOBILENET)
    assert name == "Error"
    assert message.startswith("The download of models/mobilenet_v2.onnx.deflate broke off after 2.")
    firefox.promised(PREPARE, MOBILENET)
    assert server.asked[-1] == ("mobilenet_v2.onnx.deflate", f"bytes={2 * 2**20}-")
    assert numbers(firefox, MOBILENET)["features"].max() > 0


def test_a_download_can_be_called_off_and_begun_again(firefox: Firefox, server: Server) -> None:
    opened(firefox, server.address)
    found = firefox.promised(
        """async (model) => {
          const stop = new AbortController();
          const wanted = engine.prepare(model, { signal: stop.signal, onProgress: ({ loaded }) => {
            if (loaded > 5e6) stop.abort();
          } });
          return [await wanted.then(() => null, (error) => error.name), engine.status(model)];
        }""",
        DINO,
    )
    assert found == ["AbortError", "absent"]
    firefox.promised(PREPARE, DINO)
    assert firefox.run("return engine.status(arguments[0])", DINO) == "ready"


def test_of_runs_that_displace_each_other_the_last_one_comes(firefox: Firefox, server: Server) -> None:
    opened(firefox, server.address)
    firefox.promised(PREPARE, MOBILENET)
    outcomes = firefox.promised(
        """async (model) => {
          const all = Array.from({ length: 20 }, (_, count) => engine.run(model, new Uint8Array(150528).fill(count)));
          return (await Promise.allSettled(all)).map(({ reason }) => reason?.name ?? "done");
        }""",
        MOBILENET,
    )
    assert outcomes[-1] == "done" and outcomes.count("AbortError") >= 18
    assert firefox.trouble == []
