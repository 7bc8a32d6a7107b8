"""Content, manifest and first views -> the HTML of every page. Sees the manifest, never a tensor."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from jinja2 import (
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.ext import Extension
from markupsafe import Markup

from explainer import directives
from explainer.assets import Assets
from explainer.content import PAGES, Page, Site
from explainer.digits import filesize, fixed
from explainer.errors import ContentError
from explainer.file_groups import grouped
from explainer.manifest import Artifact, Manifest, to_json
from explainer.markdown import Heading
from explainer.page_manifest import for_page
from explainer.references import Bibliography

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types explainer",
    )
)
"""Nothing from elsewhere, nothing inline; holds on `file://` too, where `<meta>` is the only way to say it.

`wasm-unsafe-eval` and `blob:` let models run in a worker whose script's checksum the page has compared: WebAssembly is
compiled from bytes that were fetched. Neither lets text become a script, as Trusted Types holds for workers too.
"""

NOT_FOUND = "404"
"""The page that a server shows for any address that it does not have, however deep."""

NAVIGATION = {"index": "Story", "lab": "Lab", "data": "Data", "credits": "Credits"}
"""Page -> its name in the bar at the top."""


@dataclass(frozen=True)
class PageView:
    """A page or a chapter, as templates see it."""

    name: str
    """Of the page's template and file; a chapter's slug."""
    slug: str
    path: str
    number: int
    """A chapter's, from 1; a page has 0."""
    title: str
    kicker: str
    summary: str
    html: Markup
    headings: tuple[Heading, ...]


@dataclass(frozen=True)
class Table:
    """A map's first numbers, which stand on a page of their own."""

    title: str
    html: Markup


@dataclass(frozen=True)
class Link:
    """An entry of the navigation."""

    title: str
    href: str
    current: bool


def render(
    site: Site,
    manifest: Manifest,
    first_views: Mapping[str, Mapping[str, Any]],
    assets: Assets,
    artifacts: Sequence[Artifact],
    templates: Path,
    compiled: Path | None = None,
    site_path: str | None = None,
) -> dict[str, str]:
    """-> {path: HTML}. `first_views` holds each figure's static numbers by its name; `templates` is site_templates/.

    `compiled` is a folder that keeps compiled templates; without one each build compiles them, which takes longer than
    filling them in. `site_path` is where a server has the site: from there the 404 page, which is shown at any address,
    finds what it links to. ContentError names the template, and the line, that is missing or wrong.
    """
    if compiled:
        compiled.mkdir(parents=True, exist_ok=True)
    environment = _environment(site, manifest, templates, compiled)
    tables: dict[str, Table] = {}

    def set_apart(name: str, title: str, html: Markup) -> str:
        tables[name] = Table(title, html)
        return ""

    environment.globals["set_apart"] = set_apart

    def view(page: Page, number: int = 0) -> PageView:
        return PageView(
            name=page.slug,
            slug=page.slug,
            path=f"index.html#{page.slug}" if number else f"{page.slug}.html",
            number=number,
            title=page.title,
            kicker=page.kicker,
            summary=page.summary,
            html=Markup(directives.fill(page.prose.html, lambda index: part(page, index))),
            headings=page.prose.headings,
        )

    def part(page: Page, index: int) -> str:
        placed = page.prose.parts[index]
        if placed.kind == "data":
            return _template(environment, f"data/{placed.name}.html", {"data": site.data[placed.name]})
        context = {"view": first_views.get(placed.name, {}), "caption": Markup(placed.caption)}
        return _template(environment, f"figures/{placed.name}.html", context)

    chapters = tuple(view(page, number) for number, page in enumerate(site.chapters, start=1))
    drafts = {}
    for name in PAGES:
        page = view(site.pages[name])
        base = site_path if name == NOT_FOUND else None
        drafts[page.path] = _template(
            environment,
            "story.html" if name == "index" else f"{name}.html",
            {
                "site_title": site.pages["index"].title,
                "page": page,
                "chapters": chapters,
                "nav": [Link(title, f"{to}.html", to == name) for to, title in NAVIGATION.items()],
                "manifest_json": _data_block(to_json(for_page(manifest, assets.live))),
                "assets": assets,
                "file_groups": grouped(artifacts, manifest),
                "tables": tables,
                "base": base,
                "csp": CONTENT_POLICY.replace("base-uri 'none'", "base-uri 'self'") if base else CONTENT_POLICY,
            },
        )
    # Numbers follow the text as it finally stands, figures and tables included.
    story, *others = drafts
    bibliography = Bibliography(site.references, drafts[story], [drafts[path] for path in others])
    return {path: bibliography.link(html, path) for path, html in drafts.items()}


class _Unindented(Extension):
    """Leaves the indentation of templates to those who read them: a page of figures is a tenth of it."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return re.sub(r"^[ \t]+", "", source, flags=re.MULTILINE)


def _environment(site: Site, manifest: Manifest, templates: Path, compiled: Path | None) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        extensions=[_Unindented],
        bytecode_cache=FileSystemBytecodeCache(str(compiled)) if compiled else None,
    )
    (photo,) = [entry for entry in manifest.photos if entry.id == manifest.default_photo]
    # As globals, they are seen by imported macros too.
    environment.globals.update(manifest=manifest, photo=photo, data=site.data, root="")
    # `str` and `+` let a value that is missing say its name; formatting it would only say that it is no number.
    environment.filters.update(
        md=lambda text: Markup(site.markdown.inline(str(text), "a template").html),
        fixed=lambda number, digits=3: fixed(+number, digits),
        thousands=lambda number: f"{+number:,}",
        filesize=filesize,
    )
    return environment


def _data_block(value: Any) -> Markup:
    """A JSON value, safe inside `<script type="application/json">`: no `<` is left that could end the element."""
    return Markup(json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"))


def _template(environment: Environment, name: str, context: Mapping[str, Any]) -> str:
    try:
        return environment.get_template(name).render(context)
    except TemplateNotFound as error:
        raise ContentError(f"site_templates/{error.name}: no such template (for {name}); add it") from None
    except TemplateSyntaxError as error:
        raise ContentError(f"site_templates/{error.name}:{error.lineno}: {error.message}") from None
    except TemplateError as error:
        raise ContentError(f"{_line(environment, name)}: {error.message}") from error


def _line(environment: Environment, name: str) -> str:
    """template:line where the error now handled arose; Jinja2 puts the template's own lines into the traceback."""
    folder = environment.loader.searchpath[0] if isinstance(environment.loader, FileSystemLoader) else ""
    place = f"site_templates/{name}"
    traceback: TracebackType | None = sys.exc_info()[2]
    while traceback:
        file = Path(traceback.tb_frame.f_code.co_filename)
        if folder and file.is_relative_to(folder):
            place = f"site_templates/{file.relative_to(folder).as_posix()}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
