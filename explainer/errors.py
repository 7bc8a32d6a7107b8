"""What can go wrong, in words for the person who can mend it.

BuildError                 anything the maintainer can mend; printed as lines, exit status 1
├── PhotoError             a photo or its entry in photos.toml
├── ContentError           Markdown, front matter, TeX, a reference, a JSON table
├── WeightsError           a checkpoint that is there but wrong
│   └── MissingWeights     a checkpoint that cannot be had (no file, no cache, no network)
├── ModelError             a model whose numbers do not hold (parity, shape, key)
├── ToolError              Node, npm or esbuild failed
└── OutputError            dist/ cannot be written, or must not be written there
"""

from collections.abc import Iterable


class BuildError(Exception):
    """One or more problems of a kind; each line names the file, what is wrong and what to do."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems: tuple[str, ...] = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class PhotoError(BuildError):
    """A photo that cannot be read, or does not match its entry in photos.toml."""


class ContentError(BuildError):
    """Prose or data that cannot be turned into a page."""


class WeightsError(BuildError):
    """A checkpoint that is there but is not the one the site was written for."""


class MissingWeights(WeightsError):
    """A checkpoint that cannot be had on this machine."""


class ModelError(BuildError):
    """A model that does not compute what it should."""


class ToolError(BuildError):
    """A program that the build needs (Node, npm, esbuild) failed."""


class OutputError(BuildError):
    """The output folder cannot, or must not, be written."""
