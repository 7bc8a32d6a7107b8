"""The content folder -> Site: every chapter, page and data file read and checked, before anything is rendered.

content/story/NN-slug.md   the story's chapters, in the order of their numbers
content/pages/NAME.md      index (the story's title and lead), lab, tables, data, credits, 404
content/data/NAME.json     tables for templates; every string in them is inline Markdown
content/data/references.json
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import yaml

from explainer.errors import ContentError
from explainer.inclusion import Build
from explainer.markdown import Markdown, Prose
from explainer.references import Reference, parse_references

PAGES = ("index", "lab", "tables", "data", "credits", "404")
"""Every page has a Markdown file and a template of its name; `index` is the story."""

REFERENCES = "references"
"""The data file that holds the references, and so is no table."""

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?\n)?---[ \t]*(?:\n|\Z)", re.DOTALL)
_CHAPTER_FILE = re.compile(r"\d\d-[a-z0-9-]+\.md")
_SLUG = re.compile(r"[a-z][a-z0-9-]*")
_REQUIRED, _OPTIONAL = ("title", "slug"), ("kicker", "summary")

T = TypeVar("T")


@dataclass(frozen=True)
class Page:
    """One Markdown file, read."""

    file: str
    """As messages name it."""
    title: str
    slug: str
    """A chapter's anchor; a page's name."""
    kicker: str
    summary: str
    prose: Prose


@dataclass(frozen=True)
class Site:
    """All prose and data, correct in itself."""

    pages: dict[str, Page]
    """By name, in the order of `PAGES`."""
    chapters: tuple[Page, ...]
    references: dict[str, Reference]
    data: dict[str, Any]
    """Parsed content/data/*.json by file stem."""
    markdown: Markdown
    """Renders the strings in `data`."""

    def html(self) -> Iterator[str]:
        """All that pages show of the content, in pieces: bodies, captions, and every string of the data."""
        for page in (*self.pages.values(), *self.chapters):
            yield page.prose.html
            yield from (part.caption for part in page.prose.parts)
        for text in _strings(self.data):
            yield self.markdown.inline(text, "a data file").html


class _Problems(list[str]):
    """Gathers what is wrong, so that one build names everything."""

    def catch(self, step: Callable[..., T], *arguments: Any) -> T | None:
        try:
            return step(*arguments)
        except ContentError as error:
            self += error.problems
            return None

    def refuse(self) -> None:
        if self:
            raise ContentError(self)


def load_site(content: Path, facts: Mapping[str, str], figure_names: Collection[str], build: Build) -> Site:
    """Reads a content folder. `facts` may be used as `{{name}}`; `figure_names` are the figures that can be placed;
    `build` decides the parts that depend on a model, and has the sources that are shown.

    ContentError lists every problem in all files, each with file and line.
    """
    for folder in ("story", "pages", "data"):
        if not (content / folder).is_dir():
            raise ContentError(f"{content / folder}: no such folder; the content needs story/, pages/ and data/")
    problems = _Problems()
    data = _load_data(content, problems)
    references_file = _shown(content, content / "data" / f"{REFERENCES}.json")
    raw_references = data.pop(REFERENCES, None) or {}
    references = problems.catch(parse_references, raw_references, references_file) or {}
    # A broken list would make every citation look dangling; only what is truly wrong is worth reading.
    problems.refuse()

    markdown = Markdown(facts, references, build)
    story_files = sorted((content / "story").glob("*.md"))
    page_files = {path.stem: path for path in sorted((content / "pages").glob("*.md"))}
    problems += _check_names(content, story_files, page_files)
    read = partial(problems.catch, _read, content, markdown)
    chapters = [page for path in story_files if (page := read(path, 1))]
    pages = {name: page for name in PAGES if name in page_files and (page := read(page_files[name], 0))}
    cited = {key for page in (*chapters, *pages.values()) for key in page.prose.cited}
    for name, value in data.items():
        cited |= _check_strings(content, name, value, markdown, problems)

    problems += _check_slugs(chapters, pages)
    problems += _check_parts([chapters, *([page] for page in pages.values())], figure_names, data)
    problems.refuse()
    unused = [key for key in references if key not in cited]
    if unused:
        raise ContentError(f"{references_file}: `{key}` is never cited; cite it or take it out" for key in unused)
    return Site(pages, tuple(chapters), references, data, markdown)


def table(content: Path, name: str) -> Any:
    """One data file as it stands, parsed; None where the folder has none. Raises ContentError when it is broken."""
    path = content / "data" / f"{name}.json"
    return _parse_json(content, path) if path.is_file() else None


def _shown(content: Path, path: Path) -> str:
    """A path as people know it: from the content folder's own name on."""
    return path.relative_to(content.parent).as_posix()


def _text(content: Path, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ContentError(f"{_shown(content, path)}: not UTF-8 at byte {error.start}; save it as UTF-8") from None


def _read(content: Path, markdown: Markdown, path: Path, shift: int) -> Page:
    file = _shown(content, path)
    text = _text(content, path)
    match = _FRONT_MATTER.match(text)
    if not match:
        raise ContentError(f"{file}:1: no front matter; open with a title and a slug between two lines `---`")
    fields = _front_matter(match[1] or "", file, markdown)
    prose = markdown.page(
        text[match.end() :],
        file=file,
        first_line=match[0].count("\n") + 1,
        slug=fields["slug"],
        title=fields["title"],
        shift=shift,
    )
    return Page(file, fields["title"], fields["slug"], fields["kicker"], fields["summary"], prose)


def _front_matter(source: str, file: str, markdown: Markdown) -> dict[str, str]:
    try:
        fields = yaml.safe_load(source) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1  # counted from 0, below the opening `---`
        reason = getattr(error, "problem", None) or "it is not YAML"
        raise ContentError(f"{file}:{line}: broken front matter: {reason}; quote values that hold a colon") from None
    if not isinstance(fields, dict):
        raise ContentError(f"{file}:2: broken front matter: write lines such as `title: Patches`")
    problems = _Problems()
    known = (*_REQUIRED, *_OPTIONAL)
    for name, value in fields.items():
        if name not in known:
            problems.append(f"{file}: unknown front matter `{name}`; known: {', '.join(known)}")
        elif not isinstance(value, str) or not value.strip():
            problems.append(f"{file}: front matter `{name}` must be text; write it in quotes")
    problems += [f"{file}: front matter has no `{name}`; add it" for name in _REQUIRED if name not in fields]
    problems.refuse()
    return {name: markdown.plain(fields.get(name, "").strip(), file) for name in known}


def _load_data(content: Path, problems: _Problems) -> dict[str, Any]:
    files = sorted((content / "data").glob("*.json"))
    return {path.stem: problems.catch(_parse_json, content, path) for path in files}


def _parse_json(content: Path, path: Path) -> Any:
    file = _shown(content, path)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
        if repeated:
            raise ContentError(f"{file}: key `{key}` stands twice in one object; keep one" for key in repeated)
        return dict(pairs)

    try:
        return json.loads(_text(content, path), object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        reason = error.msg[0].lower() + error.msg[1:]
        where = f"{file}:{error.lineno}:{error.colno}"
        raise ContentError(f"{where}: invalid JSON: {reason}; mend it here or just before") from None


def _check_strings(content: Path, name: str, value: Any, markdown: Markdown, problems: _Problems) -> set[str]:
    """Every string of a data file as inline Markdown -> the keys that they cite."""
    path = content / "data" / f"{name}.json"
    source = _text(content, path)
    cited: set[str] = set()
    for text in _strings(value):
        position = max(source.find(json.dumps(text, ensure_ascii=False)), 0)
        line = source.count("\n", 0, position) + 1
        prose = problems.catch(markdown.inline, text, _shown(content, path), line)
        cited |= prose.cited if prose else frozenset()
    return cited


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def _check_names(content: Path, story: Iterable[Path], pages: Mapping[str, Path]) -> Iterator[str]:
    numbers: dict[str, Path] = {}
    for path in story:
        if not _CHAPTER_FILE.fullmatch(path.name):
            yield f"{_shown(content, path)}: a chapter's file is named like 03-patches.md; rename it"
        elif (first := numbers.setdefault(path.name[:2], path)) is not path:
            yield f"{_shown(content, path)}: chapter number {path.name[:2]} is already {first.name}'s; renumber one"
    if not numbers:
        yield f"{_shown(content, content / 'story')}: no chapter; add one, such as 01-prelude.md"
    for name, path in pages.items():
        if name not in PAGES:
            yield f"{_shown(content, path)}: no page of this name; known: {', '.join(PAGES)}"
    for name in PAGES:
        if name not in pages:
            yield f"{_shown(content, content / 'pages')}: {name}.md is missing; add it, with a title and a slug"


def _check_slugs(chapters: Iterable[Page], pages: Mapping[str, Page]) -> Iterator[str]:
    owners: dict[str, Page] = {}
    for page in chapters:
        if not _SLUG.fullmatch(page.slug):
            yield f"{page.file}: slug `{page.slug}` must be lower-case letters, digits and `-`, and open with a letter"
        elif (first := owners.setdefault(page.slug, page)) is not page:
            yield f"{page.file}: slug `{page.slug}` is already {first.file}'s; choose another"
    for name, page in pages.items():
        if page.slug != name:
            yield f"{page.file}: slug `{page.slug}` must be the file's name, `{name}`"


def _check_parts(
    documents: Iterable[Iterable[Page]], figures: Collection[str], data: Mapping[str, Any]
) -> Iterator[str]:
    """`documents` are the pages that share one HTML file: there, a figure stands once."""
    known: dict[str, Collection[str]] = {"figure": figures, "data": data}
    for pages in documents:
        placed: dict[str, str] = {}
        for page in pages:
            for part in page.prose.parts:
                where = f"{page.file}:{part.line}"
                if part.name not in known[part.kind]:
                    names = ", ".join(sorted(known[part.kind])) or "none"
                    yield f"{where}: unknown {part.kind} `{part.name}`; known: {names}"
                elif part.kind == "figure" and (first := placed.setdefault(part.name, where)) != where:
                    yield f"{where}: figure `{part.name}` already stands at {first}; a page shows it once"
