"""What a number that is taken from a page says of itself: `data/provenance.json`, which the page's downloads quote."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from explainer import content
from explainer.errors import ContentError
from explainer.manifest import ModelEntry
from explainer.references import parse_references

PATH = "data/provenance.json"
CITATION = "citation"
"""The data file with the words to cite the site by, and the reference of each model by its name."""


def document(models: Sequence[ModelEntry], folder: Path) -> dict[str, Any]:
    """The models of this build and the content folder -> the document; its words are "" where the folder cites nothing.

    Raises ContentError where the citation is incomplete or names a reference that is not there.
    """
    cited = content.table(folder, CITATION) or {"text": "", "bibtex": "", "models": {}}
    file = f"{folder.name}/data/{CITATION}.json"
    if not isinstance(cited, dict) or set(cited) != {"text", "bibtex", "models"}:
        raise ContentError(f"{file}: must hold exactly text, bibtex and models")
    listed = f"{folder.name}/data/{content.REFERENCES}.json"
    references = parse_references(content.table(folder, content.REFERENCES) or {}, listed)
    missing = [key for key in cited["models"].values() if key not in references]
    if missing:
        raise ContentError(f"{file}: `{key}` is not in {listed}; add it there" for key in missing)

    def reference(name: str) -> str:
        if name not in cited["models"]:
            return ""
        entry = references[cited["models"][name]]
        return f"{entry.authors} ({entry.year}). {entry.title}. {entry.venue}. {entry.url}"

    return {
        "citation": cited["text"],
        "bibtex": cited["bibtex"],
        "models": {
            model.name: {
                "title": model.title,
                "kind": model.kind,
                "checkpoint": model.checkpoint,
                "weights_sha256": model.weights_sha256,
                "licence": model.licence,
                "preprocessing": model.preprocessing,
                "reference": reference(model.name),
            }
            for model in models
            if model.available
        },
    }
