"""The handout as one HTML file that works without network: no script, styles inside, formulas as MathML."""

from __future__ import annotations

import html
import importlib
import re
from typing import Any

TEMPLATE = """{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_css -%}
<style>
main { max-width: 60rem; margin: auto; padding: 0 1rem; }
.jp-InputPrompt { display: none; }
math[display="block"] { margin: 1em 0; overflow-x: auto; }
@media (max-width: 40rem) { main { padding: 0; } .highlight pre { white-space: pre-wrap; } }
main .jp-RenderedHTMLCommon :is(h1, h2, h3, h4) { line-height: 1.35; }
.jp-MarkdownOutput .highlight pre { white-space: pre; overflow-x: auto; }
@page { size: A4; margin: 18mm 16mm; }
@media print {
  main { max-width: none; padding: 0; }
  .jp-RenderedHTMLCommon { font-size: 10.5pt; }
  .highlight pre, .jp-MarkdownOutput .highlight pre { white-space: pre-wrap; font-size: 8pt !important; }
  math[display="block"] { overflow: visible; }
  h1, h2, h3, h4 { break-after: avoid; }
}
</style>
{%- endblock -%}
"""
UNKNOWN_TO_CONVERTER = re.compile(r"(\\(?:begin|end)\{)aligned(\})")


def html_page(notebook: str) -> str:
    """Return a notebook's page."""
    nbformat = importlib.import_module("nbformat")  # only building needs these, and they have no types
    exporter = importlib.import_module("nbconvert").HTMLExporter(raw_template=TEMPLATE)
    exporter.register_filter("markdown2html", _markdown)
    page, _ = exporter.from_notebook_node(nbformat.reads(notebook, as_version=4))
    return str(page)


def _markdown(source: str) -> str:
    """Return the HTML of a Markdown cell; stands in for nbconvert's filter, which leaves formulas to a script."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def block_math(self, body: str) -> str:
            return formula(body, "block")

        def inline_math(self, body: str) -> str:
            return formula(body, "inline")

        def latex_environment(self, name: str, body: str) -> str:
            return formula(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")

    renderer: Any = Renderer(escape=False, exclude_anchor_links=True)
    return str(MarkdownWithMath(renderer=renderer).render(source))


def formula(tex: str, display: str) -> str:
    """Return a formula as MathML with its TeX as annotation; what cannot be converted stays readable as TeX."""
    from latex2mathml.converter import convert

    try:
        math = convert(UNKNOWN_TO_CONVERTER.sub(r"\1align*\2", tex.strip()), display=display)
    except Exception:
        return f"<code>{html.escape(tex)}</code>"
    return math.replace("<math ", f'<math alttext="{html.escape(tex.strip())}" ', 1)
