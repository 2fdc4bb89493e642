"""What members write: Markdown to safe HTML, what is visible of it, and clean one-line labels.

The only caller of bleach and Markup. Bleach is no longer maintained: all that it does for us is in `_sanitised`,
and the tests compare that function with nh3, so that the exchange is one line.

The Markdown is a small subset: paragraphs, emphasis, lists, links, quotations, code, rules, line breaks. It differs
from CommonMark where that serves a member better:
- every line break is shown
- a line that does not begin with `>` is not part of the quotation above it, or a member who answers right below
  a quotation would be writing inside it
- indentation does not make code, it makes nothing
- a heading becomes a paragraph in bold: the outline of the page belongs to the page
- entities (`&amp;`) are shown as typed
- a link to anything but http, https, mailto or a path of this site stays the text it was

`static/js/visible.js` reads the same subset for the counter in the composer; `tests/vectors/visible.json` is the
table that both obey.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from urllib.parse import quote
from xml.etree.ElementTree import Element  # the type of html5lib's trees: no XML is parsed

import bleach
from bleach.linkifier import Linker
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.token import Token
from markupsafe import Markup

_TAGS = frozenset({"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "strong", "ul"})
_PROTOCOLS = frozenset({"http", "https", "mailto"})
_DESTINATION = re.compile(r"https?://|mailto:|/(?![/\\])", re.ASCII | re.IGNORECASE)
_REL = "nofollow noopener ugc"
_MAX_NESTING = 20  # of brackets; the parser drops all that lies deeper in blocks, so blocks stop before it
_DEEPEST_BLOCK = 16  # a quotation is one level, a list with its item two; their marks are text further in

_LINE_BREAKS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
# Controls; all that embeds, isolates or overrides a direction; invisible operators and tags; byte order marks, lone
# surrogates, private use. Soft hyphens, joiners (Persian, emoji) and the marks that only give their neighbour a
# direction stay: they reach no further than their block, and every block is isolated by dir="auto".
_UNSAFE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u180e\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)
_UNSAFE_IN_ADDRESS = re.compile(f"{_UNSAFE.pattern}|[\t\n\r ]")
_MAX_STACK = 8  # marks on one letter; a taller stack covers the lines of others
_MAYBE_STACKED = re.compile(f"[\u0300-\U0010ffff]{{{_MAX_STACK + 1}}}")
_WHITE_SPACE = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
# Letters and marks that show nothing (Hangul fillers, the empty Braille pattern): only in twins of names.
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_JOINERS = "\u200c\u200d"
_LAST_LATIN = "\u02ff"

# An address: http, https and ftp with their slashes, www., and e-mail with or without mailto. One level of
# parentheses may be part of it; the punctuation behind it is not. Written with plain classes and no flags so that
# JavaScript reads the same, and so that no text is scanned twice.
_STOP = r"\s()<>\"«»“”„"
_FINAL = r".,:;!?'…*_~|{}\[\]"
_TAIL = rf"[^{_STOP}{_FINAL}][^{_STOP}]*(?:\([^{_STOP}]*\)[^{_STOP}]*)*(?<![{_FINAL}])"
_LABEL = rf"[^{_STOP}{_FINAL}@/#`-][^{_STOP}{_FINAL}@/#`]*"
_WEB = rf"[Hh][Tt][Tt][Pp][Ss]?://{_TAIL}|(?<![0-9A-Za-z])[Ww][Ww][Ww]\.{_TAIL}"
_EMAIL = (
    rf"(?<![^{_STOP},;:\[\]])[^{_STOP},;:\[\]@/]+@(?:{_LABEL}\.)+(?=[^{_STOP}{_FINAL}@/#`0-9]{{2}}){_LABEL}"
)
_LINKED = re.compile(rf"(?P<web>{_WEB})|{_EMAIL}")
_ADDRESS = re.compile(rf"{_WEB}|[Ff][Tt][Pp]://{_TAIL}|(?:[Mm][Aa][Ii][Ll][Tt][Oo]:)?{_EMAIL}")
_NOTHING = re.compile("(?!)")
_HOST = re.compile(r"(?:https?://)?(?:www\.)?([^/?#:]*)")


def render(source: str, names: Mapping[str, str] | None = None) -> Markup:
    """The HTML of a post: `source` in the Markdown of this module, safe to put into a page as it is.

    `names` says where a name behind an «@» leads, by the name as the text has it; inside links and code it stays text.
    Never raises on any string. Linear in the length: the caller limits posts to 20 000 characters, 200 000 hold.
    """
    called = tuple(sorted((names or {}).items(), key=lambda entry: (-len(entry[0]), entry[0])))
    return _remembered(source, called) if len(source) <= _REMEMBERED_LENGTH else _rendered(source, called)


def excerpt(source: str, n: int) -> str:
    """At most `n` characters of what `source` shows, on one line, without markup; cut at a word, with an ellipsis.

    A quotation comes in only where there is nothing else.
    """
    tokens = _parse(source)
    text = _one_line(" ".join(_texts(tokens, quotations=False)))
    text = text or _one_line(" ".join(_texts(tokens, quotations=True)))
    if len(text) <= n:
        return text
    end = max(n - 1, 0)
    while end and (text[end] in _JOINERS or text[end - 1] in _JOINERS or _is_mark(text[end])):
        end -= 1
    head = text[:end]
    if text[end] != " " and " " in head[end // 2 :]:
        head = head.rpartition(" ")[0]
    return (head.rstrip() + "…")[:n]


def own_visible(source: str) -> str:
    """What a member has written herself and a reader sees, on one line: PARTICIPATION.md section 4.

    Quotations, code blocks and addresses are left out; a link's text is in unless it is an address. Code inside a
    line is in. White space is made a space before category C is dropped: a line break is of category C, and
    two lines are two words.
    """
    text = _visible(" ".join(_own_texts(_parse(source))))
    return _one_line(_ADDRESS.sub("", text))


def own_visible_characters(source: str) -> int:
    """How many characters of `own_visible(source)` are not marks (Unicode category M): PARTICIPATION.md section 4."""
    return sum(not _is_mark(character) for character in own_visible(source))


def copy_key(source: str) -> bytes | None:
    """The 32 bytes that two posts share when their own visible texts are exact copies: PARTICIPATION.md section 4.

    SHA-256 of the text in NFC and UTF-8 without case (Unicode case folding), spacing (category Z) and punctuation (P).
    Symbols (S) stay: "+ 5" and "5", a thumb up and a thumb down say different things. None where nothing is left.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", own_visible(source)).casefold())
    letters = "".join(character for character in folded if unicodedata.category(character)[0] not in "ZP")
    return hashlib.sha256(letters.encode()).digest() if letters else None


def plain(label: str) -> str:
    """A title or a name on one line, in NFC, with nothing in it that could change how the page around it reads.

    Controls, all that governs direction, invisible letters, marks without a letter and taller stacks of marks than any
    language has are taken out; white space is collapsed. The result is text, not HTML, and may be empty.
    """
    text = "".join(
        character
        for character in _UNSAFE.sub("", _WHITE_SPACE.sub(" ", label))
        if character in _JOINERS or not (unicodedata.category(character) == "Cf" or character in _BLANK)
    )
    text = _unstacked(_one_line(_without_strays(text)))
    start = 0
    while start < len(text) and (_is_mark(text[start]) or text[start] in " " + _JOINERS):
        start += 1
    return unicodedata.normalize("NFC", text[start:])


_Called = tuple[tuple[str, str], ...]  # names with where they lead, the longest first


def _rendered(source: str, called: _Called) -> Markup:
    tokens = list(_shown(_parse(source), called))
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return Markup(_sanitised(html))  # noqa: S704 - this is where Markup is made, of what has just been sanitised


_REMEMBERED_LENGTH = 4_000  # characters; with 512 of them the memory stays below some 15 MB at worst
_remembered = functools.lru_cache(maxsize=512)(_rendered)  # a page of 50 posts took 160 ms to render


class _Markdown(MarkdownIt):
    """The parser: addresses stay as they were typed, and those that may not be followed make no link."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the name is the library's
        return _UNSAFE_IN_ADDRESS.sub(lambda found: quote(found[0]), url) if _DESTINATION.match(url) else ""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the name is the library's
        return bool(url)

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - the name is the library's
        return link


def _quotation(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - the library's
    return state.level < _DEEPEST_BLOCK and blockquote(state, start, end, silent)


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - the library's
    return state.level < _DEEPEST_BLOCK and list_block(state, start, end, silent)


def _ends_quotation(_state: StateBlock, _start: int, _end: int, silent: bool) -> bool:  # noqa: FBT001 - the library's
    """Any line that is not quoted ends a quotation. Asked `silent` when a line might continue one."""
    return silent


def _markdown() -> _Markdown:
    markdown = _Markdown("zero", {"maxNesting": _MAX_NESTING, "breaks": True})
    markdown.enable(["blockquote", "fence", "heading", "hr", "list"])
    markdown.enable(["autolink", "backticks", "emphasis", "escape", "link", "newline"])
    markdown.enable(["balance_pairs", "fragments_join"])
    interrupts = ["paragraph", "reference", "blockquote"]
    markdown.block.ruler.at("blockquote", _quotation, {"alt": [*interrupts, "list"]})
    markdown.block.ruler.at("list", _list, {"alt": interrupts})
    markdown.block.ruler.before("paragraph", "ends_quotation", _ends_quotation, {"alt": ["blockquote"]})
    markdown.parse(
        "> *compiles the rules now*"
    )  # the first parse compiles them, and threads must not do it together
    return markdown


_MARKDOWN = _markdown()


def _parse(source: str) -> list[Token]:
    text = _UNSAFE.sub("", _LINE_BREAKS.sub("\n", source).replace("\t", "    "))
    return _MARKDOWN.parse(_unstacked(text))


def _shown(tokens: list[Token], called: _Called) -> Iterator[Token]:
    """The tokens as they are rendered: headings as bold paragraphs, every block with its own direction."""
    in_heading = False
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            in_heading = token.type == "heading_open"
            token.tag = "p"
        if token.type in {"paragraph_open", "heading_open", "list_item_open", "fence"}:
            token.attrSet("dir", "auto")
        token.info = ""  # the language of a code block would become a class
        if token.type == "inline":
            token.children = list(_flattened(token.children or [], called, in_bold=in_heading))
        yield token


def _flattened(children: list[Token], called: _Called, *, in_bold: bool) -> Iterator[Token]:
    """The tokens of a line without empty links and emphasis inside the same emphasis: it costs and shows nothing."""
    if in_bold:
        yield Token("strong_open", "strong", 1)
    depth = {"em": 0, "strong": int(in_bold), "a": 0}
    for token in children:
        if token.tag in depth and token.nesting:
            empty = token.type == "link_open" and not token.attrGet("href")
            if token.nesting > 0:
                depth[token.tag] += 2 if empty else 1
            if depth[token.tag] == 1:
                yield _with_safe_title(token)
            if token.nesting < 0:
                depth[token.tag] = 0 if token.tag == "a" else depth[token.tag] - 1
        elif token.type == "text" and not depth["a"]:
            yield from _linked(token.content, called)
        else:
            yield token
    if in_bold:
        yield Token("strong_close", "strong", -1)


def _with_safe_title(token: Token) -> Token:
    if "title" in token.attrs:  # its entities are resolved: they may have become what `_parse` took out
        token.attrSet("title", _one_line(_UNSAFE.sub("", _LINE_BREAKS.sub("\n", str(token.attrs["title"])))))
    return token


def _linked(text: str, called: _Called) -> Iterator[Token]:
    """`text` with its addresses, and the names it calls, made links."""
    end = 0
    for found in _LINKED.finditer(text):
        address = found[0]
        if found["web"]:
            href = address if "://" in address[:8] else f"https://{address}"
        else:
            local, _, domain = address.rpartition("@")
            href = f"mailto:{quote(local)}@{domain}"
        yield from _with_names(text[end : found.start()], called)
        yield from _link_to(href, address)
        end = found.end()
    yield from _with_names(text[end:], called)


def _with_names(text: str, called: _Called) -> Iterator[Token]:
    """`text` with the names it calls made links."""
    end = 0
    if called and "@" in text:
        leads = dict(called)
        names = "|".join(re.escape(name) for name in leads)
        for found in re.finditer(rf"(?<![\w@.+-])@({names})(?!\w)", text):
            yield Token("text", "", 0, content=text[end : found.start()])
            yield from _link_to(leads[found[1]], found[0])
            end = found.end()
    yield Token("text", "", 0, content=text[end:])


def _link_to(href: str, text: str) -> Iterator[Token]:
    yield Token("link_open", "a", 1, attrs={"href": href})
    yield Token("text", "", 0, content=text)
    yield Token("link_close", "a", -1)


def _sanitised(html: str) -> str:
    """`html` with only the tags and attributes of this module, and each link as `_link` lets it through.

    In two passes: with linkify as a filter of the first, bleach resolves `&amp;lt;` twice. Linkify finds no addresses
    of its own, because it would look for them in escaped text, where `"https://grasrot.no"` ends in `&quot;`.
    """
    cleaner = bleach.Cleaner(tags=_TAGS, attributes=_attribute_allowed, protocols=_PROTOCOLS)
    linker = Linker(callbacks=[_link], url_re=_NOTHING)
    cleaner.walker = linker.walker = _walk
    return str(linker.linkify(cleaner.clean(html)))


def _walk(root: Element) -> Iterator[dict[str, object]]:
    """The tokens of a parsed tree as html5lib's walkers give them, without comments.

    Stands in for bleach's walker, which looks up every element among its siblings: 192 s for 50 000 headings.
    """
    open_elements = [(root, iter(root))]
    yield {"type": "Characters", "data": root.text or ""}
    while open_elements:
        element, children = open_elements[-1]
        child = next(children, None)
        if child is None:
            open_elements.pop()
            if open_elements:
                yield {"type": "EndTag", "name": element.tag, "namespace": None}
                yield {"type": "Characters", "data": element.tail or ""}
        elif child.tag in {"br", "hr"} or not isinstance(child.tag, str):
            if isinstance(child.tag, str):
                yield {"type": "EmptyTag", "name": child.tag, "namespace": None, "data": {}}
            yield {"type": "Characters", "data": child.tail or ""}
        else:
            attributes = {(None, name): value for name, value in child.attrib.items()}
            yield {"type": "StartTag", "name": child.tag, "namespace": None, "data": attributes}
            yield {"type": "Characters", "data": child.text or ""}
            open_elements.append((child, iter(child)))


def _attribute_allowed(tag: str, name: str, value: str) -> bool:
    if name == "dir":
        return value == "auto" and tag in {"code", "li", "p"}
    if name == "start":
        return tag == "ol" and value.isdecimal()
    return tag == "a" and name in {"href", "title"}


_Attributes = dict[tuple[str | None, str] | str, str]


def _link(attributes: _Attributes, _new: bool = False) -> _Attributes | None:  # noqa: FBT001, FBT002 - as bleach calls it
    """The attributes of a link that may stand, None for one that may not."""
    if not _DESTINATION.match(attributes.get((None, "href"), "")):
        return None
    attributes[None, "rel"] = _REL
    return attributes


def _texts(tokens: list[Token], *, quotations: bool) -> Iterator[str]:
    """The text of each block, code blocks too; of quotations only where asked for."""
    depth = 0
    for token in tokens:
        depth += (token.type == "blockquote_open") - (token.type == "blockquote_close")
        if depth and not quotations:
            continue
        if token.type == "fence":
            yield token.content
        if token.type == "inline":
            yield "".join(_text(child) for child in token.children or [])


def _own_texts(tokens: list[Token]) -> Iterator[str]:
    """The text of each block outside quotations and code blocks, without links whose text is an address."""
    depth = 0
    for token in tokens:
        depth += (token.type == "blockquote_open") - (token.type == "blockquote_close")
        if depth or token.type != "inline":
            continue
        parts: list[str] = []
        start, link = 0, token
        for child in token.children or []:
            if child.type == "link_open":
                start, link = len(parts), child
            elif child.type == "link_close":
                if _shows_its_address(link, "".join(parts[start:])):
                    del parts[start:]
            else:
                parts.append(_text(child))
        yield "".join(parts)


def _shows_its_address(link: Token, text: str) -> bool:
    """Whether a link's text is its address, or the host of it with or without a path ("grasrot.no/saker")."""
    address = _visible(str(link.attrs["href"]))
    text = _one_line(_visible(text))
    if link.markup == "autolink" or text == address:
        return True
    host, own = _HOST.match(text.lower()), _HOST.match(address.lower())
    return bool(host and own and host[1] == own[1] and "." in host[1] and " " not in text)


def _text(token: Token) -> str:
    return " " if token.type in {"softbreak", "hardbreak"} else token.content


def _visible(text: str) -> str:
    """`text` in NFC without category C and the combining grapheme joiner, white space as single spaces."""
    text = unicodedata.normalize("NFC", _WHITE_SPACE.sub(" ", text))
    return "".join(
        character for character in text if unicodedata.category(character)[0] != "C" and character != "\u034f"
    )


def _one_line(text: str) -> str:
    return _WHITE_SPACE.sub(" ", text).strip(" ")


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def _unstacked(text: str) -> str:
    """`text` with at most `_MAX_STACK` marks on one letter."""
    if not _MAYBE_STACKED.search(text):
        return text
    kept: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if _is_mark(character) else 0
        if run <= _MAX_STACK:
            kept.append(character)
    return "".join(kept)


def _without_strays(text: str) -> str:
    """`text` with joiners and variation selectors only where they show.

    That is behind a letter beyond Latin (Persian needs them) or an emoji, a joiner also in front of one, and one at a
    time. Elsewhere they only make twins of names.
    """
    kept: list[str] = []
    beyond_latin = False
    for character in text:
        if (
            character in _JOINERS
            or "\ufe00" <= character <= "\ufe0f"
            or "\U000e0100" <= character <= "\U000e01ef"
        ):
            if beyond_latin and kept[-1] not in _JOINERS:
                kept.append(character)
            continue
        if not _is_mark(character):
            beyond_latin = character > _LAST_LATIN
            if kept and not beyond_latin and kept[-1] in _JOINERS:
                kept.pop()
        kept.append(character)
    if kept and kept[-1] in _JOINERS:
        kept.pop()
    return "".join(kept)
