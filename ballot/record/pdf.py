"""The document as PDF/A on A4: a title, a language, an outline of headings, «side n av m», tables that break over
pages with their heads, and the record's own JSON inside the file.

Of the structure only the headings are tagged, which is what the library can. The page is the form for screen readers.
"""

from __future__ import annotations

from pathlib import Path

from flask_babel import gettext as _
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace, TextStyle

from ballot.record.document import Block, Document, Facts, Points, Signatures, Table, Text

FONTS = Path(__file__).parents[2] / "static" / "vendor"
MARGIN = 22
SHORT = 120
"""Millimetres up to which a table is kept together."""
QUIET = (85, 85, 85)
LINE = (190, 190, 190)


class _Paper(FPDF):
    """A4 with the title and «side n av m» at the foot of each sheet."""

    def __init__(self, document: Document) -> None:
        super().__init__(enforce_compliance="PDF/A-3U")
        self.name = document.title
        self.set_margins(MARGIN, 20, MARGIN)
        self.set_auto_page_break(True, margin=22)
        for style, file in (("", "dejavu-sans.ttf"), ("B", "dejavu-sans-bold.ttf")):
            self.add_font("DejaVu", style, str(FONTS / file))
        self.set_font("DejaVu", size=10)
        self.set_title(document.title)
        self.set_author(document.sender or "Grasrot")
        self.set_lang({"nb": "nb-NO", "nn": "nn-NO", "en": "en-GB"}[document.language])
        self.set_creation_date(document.made_at)
        self.str_alias_nb_pages = "{n}"
        self.set_section_title_styles(
            TextStyle("DejaVu", "B", 17, b_margin=1), TextStyle("DejaVu", "B", 12.5, b_margin=0.5)
        )

    def footer(self) -> None:
        """The foot of a sheet."""
        self.set_y(-15)
        self.set_font("DejaVu", size=8)
        self.set_text_color(*QUIET)
        there = _("side %(page)s av %(pages)s", page=self.page_no(), pages=self.str_alias_nb_pages)
        name = self.name if len(self.name) < 70 else f"{self.name[:69].rstrip()}…"
        self.cell(self.epw * 0.75, 5, name)
        self.cell(0, 5, there, align="R")
        self.set_text_color(0)

    def line_of(self, text: str, size: float = 10, style: str = "", after: float = 1.5) -> None:
        """A paragraph over the whole width."""
        self.set_font("DejaVu", style, size)
        self.multi_cell(0, size * 0.53, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
        self.ln(after)


def drawn(document: Document, data: bytes = b"", name: str = "protokoll.json") -> bytes:
    """The document as a PDF, the former version on the sheets after it; `data` is laid into the file."""
    paper = _Paper(document)
    if data:
        paper.embed_file(
            bytes=data,
            basename=name,
            mime_type="application/json",
            desc=document.title,
            creation_date=document.made_at,
            modification_date=document.made_at,
            associated_file_relationship="Source",
        )
    one: Document | None = document
    while one is not None:
        _sheets(paper, one)
        one = one.before
    return bytes(paper.output())


def _sheets(paper: _Paper, document: Document) -> None:
    paper.add_page()
    if document.sender:
        paper.set_text_color(*QUIET)
        paper.line_of(document.sender, 9)
        paper.set_text_color(0)
    paper.start_section(document.title)
    paper.ln(3)
    for text in document.lead:
        strong = text.kind == "strong"
        paper.line_of(text.text, 12.5 if strong else 10, "B" if strong else "", 2)
    for section in document.sections:
        paper.ln(3)
        if paper.will_page_break(30):
            paper.add_page()
        paper.start_section(section.title, level=1)
        paper.ln(1.5)
        for block in section.blocks:
            _block(paper, block)


def _block(paper: _Paper, block: Block) -> None:
    if isinstance(block, Text):
        paper.line_of(
            block.text, 10 if block.kind != "formula" else 9.5, "B" if block.kind == "strong" else ""
        )
    elif isinstance(block, Points):
        if block.heading:
            if paper.will_page_break(16):
                paper.add_page()
            paper.line_of(block.heading, 10, "B", 0.5)
        for item in block.items:
            paper.set_font("DejaVu", size=9.5)
            paper.cell(5, 5.1, "–")
            paper.multi_cell(0, 5.1, item, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
        paper.ln(2)
    elif isinstance(block, Facts):
        for fact in block.items:
            paper.line_of(fact.name, 8.5, "B", 0)
            paper.line_of(fact.value, 8 if fact.code else 10, after=1.2)
        paper.ln(1)
    elif isinstance(block, Signatures):
        _signatures(paper, block)
    else:
        for turn, part in enumerate(block.parts()):
            _table(paper, part, block.caption if not turn else "")


def _table(paper: _Paper, table: Table, caption: str) -> None:
    # A table that fits on a sheet is not broken for its last rows.
    whole = 7 * (len(table.rows) + 3)
    if paper.will_page_break(whole if whole < SHORT else 24):
        paper.add_page()
    if caption:
        paper.line_of(caption, 9, "B", 1)
    paper.set_font("DejaVu", size=8.5)
    paper.set_draw_color(*LINE)
    others = len(table.heads) - 1
    widths = _by_words(table) if table.words else (max(0.28, 1 - 0.18 * others), *(0.18,) * others)
    with paper.table(
        col_widths=widths,
        width=paper.epw,
        text_align=("LEFT", *("LEFT" if table.words else "RIGHT" for _place in range(others))),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        line_height=4.8,
        padding=(0.8, 1),
        headings_style=FontFace(emphasis="BOLD"),
        first_row_as_headings=bool(table.heads[0] or others),
    ) as rows:
        for row in (table.heads, *table.rows):
            rows.row(row)
        if table.foot:
            rows.row(table.foot, style=FontFace(emphasis="BOLD"))
    paper.ln(4)


def _by_words(table: Table) -> tuple[float, ...]:
    """Widths by what stands in the columns: narrow for a number, wide for sentences, none below a word's."""
    longest = [
        max(len(row[place]) for row in (table.heads, *table.rows)) for place in range(len(table.heads))
    ]
    return tuple(float(min(max(length, 9), 60)) for length in longest)


def _signatures(paper: _Paper, block: Signatures) -> None:
    for name in block.names:
        if paper.will_page_break(24):
            paper.add_page()
        paper.ln(14)
        paper.set_draw_color(0)
        paper.line(paper.l_margin, paper.get_y(), paper.l_margin + 80, paper.get_y())
        paper.ln(1.5)
        paper.line_of(name or " ", 9.5)
