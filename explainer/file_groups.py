"""The published data files in groups that a reader can take in, by the folders that hold them."""

from collections.abc import Sequence
from dataclasses import dataclass

from explainer.manifest import Artifact, Manifest

WHOLE = "The site as a whole"


@dataclass(frozen=True)
class FileGroup:
    """Files of one kind."""

    title: str
    folder: str
    """Relative to the site's root, with its slash; "" for what is in no other group's."""
    files: tuple[Artifact, ...]

    @property
    def bytes(self) -> int:
        """Of all of them."""
        return sum(artifact.file.bytes for artifact in self.files)

    def describe(self, artifact: Artifact) -> str:
        """One of its files, without repeating the group's own title."""
        return artifact.description.removeprefix(f"{self.title}: ")


def grouped(artifacts: Sequence[Artifact], manifest: Manifest) -> list[FileGroup]:
    """Every artifact in the one group whose folder it lies in; groups without files are left out."""
    folders = {f"data/photos/{photo.id}/": photo.title for photo in manifest.photos} | {
        "data/models/": "Of a real ViT, but of no photo",
        "models/": "Models, and what runs them",
        "data/schema/": "JSON Schemas",
        "": WHOLE,
    }
    held: dict[str, list[Artifact]] = {folder: [] for folder in ("", *folders)}
    for artifact in artifacts:
        held[next(folder for folder in folders if artifact.file.path.startswith(folder))].append(artifact)
    return [FileGroup(folders[folder], folder, tuple(files)) for folder, files in held.items() if files]
