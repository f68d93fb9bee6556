"""What a student wrote or displayed, as markup that is safe in a page: everything that comes in here is hostile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import nh3
from markupsafe import Markup
from mistune import HTMLRenderer, create_markdown

from plugins.exports.pictures import picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

LONGEST_TEXT = 20_000
LONGEST_HTML = 50_000  # deeply nested elements cost the cleaner the square of their number
LONGEST_PAGE = 1_000_000
LARGEST_PICTURE = 6_000_000  # in characters of base64, as the next
LARGEST_PICTURES = 20_000_000
MOST_OUTPUTS = 100
MOST_OUTPUTS_IN_ALL = 5000

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_OVERWRITTEN = re.compile(r"^[^\n]*\r(?=[^\n])", re.MULTILINE)
_UNSOUND = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_HEADING = re.compile(r"<(/?)h[1-6]\b[^<>]*>", re.IGNORECASE)
_VISIBLE = re.compile(r"(?:^|>)\s*[^<\s]")
_LINES = Markup("<pre><code>{}</code></pre>")


def sound(text: str) -> str:
    """Return the text as a terminal would leave it, without colours and without what HTML cannot hold."""
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    if "\r" in text:
        # A progress bar writes over its own line again and again; only its last state is of interest.
        text = _OVERWRITTEN.sub("", text.replace("\r\n", "\n")).replace("\r", "")
    return _UNSOUND.sub("\ufffd", text)


def words(text: str) -> Markup:
    """Return a sentence of ours, in which `backticks` mark code."""
    parts = sound(text).split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]
    return Markup().join(Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in enumerate(parts))


class _Renderer(HTMLRenderer):
    """Markdown under the headings of the page, with formulas as they were typed and nothing fetched from elsewhere."""

    def heading(self, text: str, level: int, **_attributes: object) -> str:
        """Return a heading below that of its cell, whatever its level, so that the page's outline stays in order."""
        return f'<h4 class="level-{level}">{text}</h4>'

    def image(self, text: str, url: str, title: str | None = None) -> str:  # noqa: ARG002 - as mistune calls it
        """Return the words that stand for the picture."""
        return f"<em>(picture: {text or 'without a description'})</em>"

    def inline_math(self, text: str) -> str:
        """Return a formula within a sentence."""
        return f"<code>{self.text(text)}</code>"

    def block_math(self, text: str) -> str:
        """Return a formula on lines of its own."""
        return f'<code class="formula">{self.text(text.strip())}</code>'


_markdown = create_markdown(renderer=_Renderer(escape=True), plugins=["math", "table", "strikethrough"])

_FLOW = {"p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "del", "a"}
_TABLE = {"table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"}
_MORE = {"div", "span", "b", "i", "u", "s", "small", "sub", "sup", "mark", "kbd", "samp", "var", "dl", "dt", "dd"}
_SPANS = {"colspan", "rowspan"}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "th": {*_SPANS, "scope"}, "td": _SPANS}
_WITHOUT_A_TRACE = {"script", "style", "iframe", "object", "noscript", "template", "svg", "math", "title", "select"}
_SCHEMES = {"http", "https", "mailto"}

_markdown_cleaner = nh3.Cleaner(
    tags=_FLOW | _TABLE | {"h4"},
    clean_content_tags=_WITHOUT_A_TRACE,
    attributes=_ATTRIBUTES,
    allowed_classes={"h4": {f"level-{level}" for level in range(1, 7)}, "code": {"formula"}},
    url_schemes=_SCHEMES,
    url_relative="deny",
)
_html_cleaner = nh3.Cleaner(
    tags=_FLOW | _TABLE | _MORE,
    clean_content_tags=_WITHOUT_A_TRACE,
    attributes=_ATTRIBUTES,
    url_schemes=_SCHEMES,
    url_relative="deny",
)


@dataclass
class Room:
    """How much of its student's text and pictures a page still has room for, so that a page stays a page."""

    left: int = LONGEST_PAGE
    left_for_pictures: int = LARGEST_PICTURES
    left_for_outputs: int = MOST_OUTPUTS_IN_ALL

    def preformatted(self, text: str) -> Markup:
        """Return text line by line; of a long one the beginning and the end, with a note between."""
        text = sound(text)
        if self._takes(text, LONGEST_TEXT):
            return _LINES.format(text)
        most = min(LONGEST_TEXT, self.left)
        self.left -= most
        head, tail = text[: most * 3 // 4], text[len(text) - most // 4 :]
        note = Markup('<p class="note">{:,} characters are left out here.</p>').format(len(text) - len(head + tail))
        return Markup().join([_LINES.format(head), note, _LINES.format(tail)] if most else [note])

    def markdown(self, text: str) -> Markup:
        """Return a Markdown cell as markup."""
        text = sound(text)
        if not self._takes(text, LONGEST_TEXT):
            return self.preformatted(text)
        return Markup(_markdown_cleaner.clean(str(_markdown(text))))  # noqa: S704 - it has just been cleaned

    def html(self, text: str) -> Markup:
        """Return what is harmless in a piece of HTML that was displayed, or nothing."""
        text = sound(text)
        if not self._takes(text, LONGEST_HTML):
            return Markup()
        # The page's headings are its own; those of the student become paragraphs.
        cleaned = _html_cleaner.clean(_HEADING.sub(r"<\1p>", text))
        return Markup(cleaned if _VISIBLE.search(cleaned) else "")  # noqa: S704 - it has just been cleaned

    def picture(self, kind: str, text: str, described: str) -> Markup:
        """Return a picture, or nothing if it is none of this kind or too large."""
        if len(text) > min(LARGEST_PICTURE, self.left_for_pictures):
            return Markup()
        self.left_for_pictures -= len(text)
        return picture(kind, text, described)

    def _takes(self, text: str, most: int) -> bool:
        """Whether all of the text fits; if so, its room is taken."""
        fits = len(text) <= min(most, self.left)
        self.left -= len(text) if fits else 0
        return fits


def shown(outputs: Iterable[dict[str, Any]], cell: int, room: Room) -> Iterator[Markup]:
    """Give the outputs of a cell as markup, one by one."""
    joined = _joined(outputs)
    most = min(MOST_OUTPUTS, room.left_for_outputs)
    room.left_for_outputs -= min(most, len(joined))
    for number, output in enumerate(joined[:most], start=1):
        yield _output(output, f"Picture from cell {cell}, output {number}", room)
    if len(joined) > most:
        yield Markup('<p class="note">{:,} more outputs are left out here.</p>').format(len(joined) - most)


def _joined(outputs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the outputs with what was printed bit by bit in one piece."""
    joined: list[dict[str, Any]] = []
    plain = (output for output in outputs if isinstance(output, dict))
    for (kind, name), group in groupby(plain, key=lambda o: (_string(o.get("output_type")), _string(o.get("name")))):
        if kind == "stream":
            joined.append({"output_type": kind, "name": name, "text": "".join(_string(o.get("text")) for o in group)})
        else:
            joined.extend(group)
    return joined


def _output(output: dict[str, Any], described: str, room: Room) -> Markup:
    kind = output.get("output_type")
    if kind == "stream":
        label = "Printed to stderr" if output["name"] == "stderr" else ""
        return _framed(room.preformatted(output["text"]), label, "printed")
    if kind == "error":
        return _framed(room.preformatted(_traceback(output)), "", "error")
    data = output.get("data")
    return _framed(_bundle(data if isinstance(data, dict) else {}, described, room), "", "displayed")


def _framed(body: Markup, label: str, kind: str) -> Markup:
    title = Markup('<p class="label">{}</p>').format(label) if label else ""
    return Markup('<div class="output {}">{}{}</div>').format(kind, title, body) if body else Markup()


def _traceback(output: dict[str, Any]) -> str:
    lines = output.get("traceback")
    trace = "\n".join(map(_string, lines)) if isinstance(lines, list | tuple) else ""
    return trace or f"{_string(output.get('ename'))}: {_string(output.get('evalue'))}"


def _bundle(data: dict[str, Any], described: str, room: Room) -> Markup:
    """Return the richest form of a displayed value that is safe, and say so where a richer one is left out."""
    left_out = [note for kind, note in _LEFT_OUT if kind in data]
    for kind, show in _FORMS:
        body = show(_string(data[kind]), described, room) if kind in data else Markup()
        if body:
            notes = [] if kind.startswith("image/") else left_out
            return Markup().join([*(Markup('<p class="note">{}</p>').format(note) for note in notes), body])
    return Markup('<p class="note">Something is left out here that this page cannot show safely.</p>')


def _string(value: object) -> str:
    """Return the text of what a notebook keeps as a string or as a list of strings."""
    if isinstance(value, list | tuple):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


_FORMS: tuple[tuple[str, Callable[[str, str, Room], Markup]], ...] = (
    ("text/html", lambda text, _, room: room.html(text)),
    ("image/png", lambda text, described, room: room.picture("image/png", text, described)),
    ("image/jpeg", lambda text, described, room: room.picture("image/jpeg", text, described)),
    ("text/markdown", lambda text, _, room: room.markdown(text)),
    ("text/latex", lambda text, _, room: room.preformatted(text)),
    ("text/plain", lambda text, _, room: room.preformatted(text)),
)
_LEFT_OUT = (("image/svg+xml", "A drawing (SVG) is left out here, because such a file can hold a program."),)
