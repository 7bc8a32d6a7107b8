"""Every address on the site leads somewhere: checked on the very files that are about to be published."""

import posixpath
import re
from collections.abc import Collection, Mapping
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

LINKS = {"a": ("href",), "area": ("href",)}
"""Where the reader goes, if they like: may lead off the site."""
LOADED = {
    "audio": ("src",),
    "form": ("action",),
    "iframe": ("src",),
    "image": ("href",),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href",),
    "video": ("src", "poster"),
}
"""What the browser fetches by itself: must be on the site."""
OFF_SITE = ("http", "https", "mailto")
CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)""")
SRCSET = re.compile(r"\s*([^\s,]\S*[^\s,]|[^\s,])(?:\s+[^,\s]+)?\s*(?:,|$)")


class _Page(HTMLParser):
    """The ids and addresses of one page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: set[str] = set()
        self.addresses: list[tuple[str, int, bool]] = []
        """(address, line, may lead off the site)."""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        for name, value in attrs:
            if value is None:
                continue
            if name == "id":
                self.ids.add(value)
            # A canonical link names the site's public address; no browser fetches it.
            elif name in LINKS.get(tag, ()) or (tag == "link" and ("rel", "canonical") in attrs and name == "href"):
                self.addresses.append((value, line, True))
            elif name in LOADED.get(tag, ()) or (name == "xlink:href" and tag in LOADED):
                parts = SRCSET.findall(value) if name == "srcset" else [value]
                self.addresses.extend((part, line, False) for part in parts)


def check(texts: Mapping[str, str], outputs: Collection[str]) -> list[str]:
    """{path: HTML or CSS}, every published path -> one line for each address that leads nowhere."""
    pages = {path: _Page(text) for path, text in texts.items() if path.endswith(".html")}
    ids = {path: page.ids for path, page in pages.items()}
    published = set(outputs)
    problems = []
    for path, page in pages.items():
        for address, line, may_leave in page.addresses:
            reason = _reason(path, address, may_leave, published, ids)
            if reason:
                problems.append(f"{path}:{line}: `{address}` {reason}")
    for path, text in texts.items():
        for address in CSS_URL.findall(text) if path.endswith(".css") else ():
            reason = _reason(path, address, False, published, ids)
            if reason:
                problems.append(f"{path}: `{address}` {reason}")
    return problems


def _reason(source: str, address: str, may_leave: bool, published: set[str], ids: Mapping[str, set[str]]) -> str | None:
    """Why an address leads nowhere, or None when it is fine."""
    try:
        url = urlsplit(address.strip())
    except ValueError:
        return "is no address; correct it"
    if url.scheme == "data" and not may_leave:
        return None
    if url.scheme in OFF_SITE and (url.netloc or url.scheme == "mailto"):
        return None if may_leave else "would be fetched from another machine; publish a copy on the site"
    if url.scheme or url.netloc or url.path.startswith("/"):
        return "must be https, or relative to the page, so that the site works in any folder"
    target = source
    if url.path:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), unquote(url.path)))
        if target == "." or url.path.endswith("/"):
            target = posixpath.normpath(posixpath.join(target, "index.html"))
    if target not in published:
        return f"leads to {target}, which is not on the site; correct the address"
    fragment = unquote(url.fragment).split("?")[0]  # what follows `?` is the figures' state
    if fragment and target in ids and fragment not in ids[target]:
        return f"leads to #{fragment}, an id that {target} has not; correct the fragment"
    return None
