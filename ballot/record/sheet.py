"""The document as one HTML file that needs no other: to be opened, read aloud and printed without the application."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from ballot.record.document import Block, Document, Facts, Points, Signatures, Table, Text

STYLE = """
@page { size: A4; margin: 20mm }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1.25rem; font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.75rem; line-height: 1.2 }
h2 { margin: 2rem 0 .5rem; font-size: 1.25rem }
h3 { margin: 1rem 0 .25rem; font-size: 1rem }
.lead { font-size: 1.25rem; font-weight: 650 }
.formula { padding-left: 1rem; border-left: 3px solid #bbb }
.wide { overflow-x: auto }
table { border-collapse: collapse; margin: .75rem 0; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600 }
th, td { padding: .3rem .6rem; border-bottom: 1px solid #bbb; text-align: left; vertical-align: top }
.num td, .num thead th + th { text-align: right }
tfoot { font-weight: 650 }
tr { break-inside: avoid }
dt { font-weight: 600 }
dd { margin: 0 0 .5rem; overflow-wrap: anywhere }
code { font-size: .8rem }
.sign { width: 20rem; max-width: 100%; margin-top: 4rem; border-top: 1px solid }
"""
HEADING = Markup("<h3>{}</h3>")
PARAGRAPH = Markup('<p class="{}">{}</p>')
FACT = Markup("<dt>{}</dt><dd>{}</dd>")
CODE = Markup("<dt>{}</dt><dd><code>{}</code></dd>")
TABLE = Markup('<div class="wide"><table class="{}">{}<thead>{}</thead><tbody>{}</tbody>{}</table></div>')


def drawn(document: Document) -> str:
    """The whole file."""
    parts = [Markup("<h1>{}</h1>").format(document.title)]
    if document.sender:
        parts.append(Markup("<p>{}</p>").format(document.sender))
    parts += [
        Markup('<p class="{}">{}</p>').format("lead" if text.kind == "strong" else text.kind, text.text)
        for text in document.lead
    ]
    for section in document.sections:
        parts.append(Markup("<section><h2>{}</h2>").format(section.title))
        parts += [_block(block) for block in section.blocks]
        parts.append(Markup("</section>"))
    return (
        f'<!doctype html>\n<html lang="{escape(document.language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(document.title)}</title><style>{STYLE}</style></head>\n<body><main>\n"
        + "\n".join(parts)
        + "\n</main></body></html>\n"
    )


def _block(block: Block) -> Markup:
    if isinstance(block, Text):
        return (
            HEADING.format(block.text) if block.kind == "strong" else PARAGRAPH.format(block.kind, block.text)
        )
    if isinstance(block, Points):
        heading = HEADING.format(block.heading) if block.heading else Markup("")
        return heading + Markup("<ul>{}</ul>").format(_joined("<li>{}</li>", block.items))
    if isinstance(block, Facts):
        facts = ((CODE if fact.code else FACT).format(fact.name, fact.value) for fact in block.items)
        return Markup("<dl>{}</dl>").format(Markup("").join(facts))
    if isinstance(block, Signatures):
        return _joined('<p class="sign">{}</p>', block.names)
    return Markup("").join(
        _table(part, block.caption if not turn else "") for turn, part in enumerate(block.parts())
    )


def _joined(pattern: str, texts: Sequence[str]) -> Markup:
    return Markup("").join(Markup(pattern).format(text) for text in texts)  # noqa: S704  # patterns of this file


def _table(table: Table, caption: str) -> Markup:
    heads = Markup("<tr>{}</tr>").format(_joined('<th scope="col">{}</th>', table.heads))
    title = Markup("<caption>{}</caption>").format(caption) if caption else Markup("")
    foot = Markup("<tfoot>{}</tfoot>").format(_row(table.foot)) if table.foot else Markup("")
    body = Markup("").join(_row(row) for row in table.rows)
    return TABLE.format("" if table.words else "num", title, heads, body, foot)


def _row(cells: Sequence[str]) -> Markup:
    first, *others = cells
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(first, _joined("<td>{}</td>", others))
