/*
 * How many own visible characters a post has: PARTICIPATION.md section 4, for the counter in the composer.
 *
 * The twin of own_visible_characters in foundation/text.py, which alone decides. It reads the same Markdown without
 * making HTML of it; the table in tests/vectors/visible.json holds for both, and a test compares them on random texts.
 * Two differences remain, both too small for a counter: characters newer than the server's Unicode tables are counted
 * here and not there, and of the named entities in a link's address only those that can hide its beginning are read.
 */

const MAX_NESTING = 20; // of brackets
const DEEPEST_BLOCK = 16; // a quotation is one level, a list with its item two; their marks are text further in

const LINE_BREAK = /\r\n?|[\v\f\x85\u2028\u2029]/gu;
const UNSAFE_CHARACTERS =
  "\\0-\\x08\\x0e-\\x1f\\x7f-\\x9f\\u180e\\u200b\\u202a-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb" +
  "\\ud800-\\udfff\\ue000-\\uf8ff\\u{e0000}-\\u{e007f}\\u{f0000}-\\u{10ffff}";
const UNSAFE = new RegExp(`[${UNSAFE_CHARACTERS}]`, "gu");
const UNSAFE_IN_ADDRESS = new RegExp(`[${UNSAFE_CHARACTERS}\\t\\n\\r ]`, "gu");

const DESTINATION = /^(?:https?:\/\/|mailto:|\/(?![/\\]))/i;
const AUTOLINK = /^[a-zA-Z][a-zA-Z0-9+.-]{1,31}:[^<>\0-\x20]*\n?$/;
const AUTOLINK_EMAIL = new RegExp(
  "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@LABEL(?:\\.LABEL)*\\n?$".replaceAll(
    "LABEL",
    "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?",
  ),
);
const ESCAPED_OR_ENTITY = /\\([!-/:-@[-`{-~])|&(?:#([0-9]{1,8})|#[xX]([0-9a-fA-F]{1,8})|(colon|sol));/g;
const PUNCTUATION = /^[\p{P}\p{S}]$/u;
const SPACE = /^[\t-\r \xa0\u1680\u2000-\u200a\u202f\u205f\u3000]$/u;

const STOP = '\\s()<>"«»“”„';
const FINAL = ".,:;!?'…*_~|{}\\[\\]";
const TAIL = `[^${STOP}${FINAL}][^${STOP}]*(?:\\([^${STOP}]*\\)[^${STOP}]*)*(?<![${FINAL}])`;
const LABEL = `[^${STOP}${FINAL}@/#\`\\-][^${STOP}${FINAL}@/#\`]*`;
const WEB = `[Hh][Tt][Tt][Pp][Ss]?://${TAIL}|(?<![0-9A-Za-z])[Ww][Ww][Ww]\\.${TAIL}`;
const EMAIL =
  `(?<![^${STOP},;:\\[\\]])[^${STOP},;:\\[\\]@/]+@(?:${LABEL}\\.)+` +
  `(?=[^${STOP}${FINAL}@/#\`0-9]{2})${LABEL}`;
const ADDRESS = new RegExp(`${WEB}|[Ff][Tt][Pp]://${TAIL}|(?:[Mm][Aa][Ii][Ll][Tt][Oo]:)?${EMAIL}`, "gu");
const HOST = /^(?:https?:\/\/)?(?:www\.)?([^/?#:]*)/u;

/** The number of own visible characters in `source`, the Markdown of a post. Linear in its length, never throws. */
export function ownVisibleCharacters(source) {
  return ownVisible(source).replace(/\p{M}/gu, "").replace(/[^]/gu, "x").length;
}

function ownVisible(source) {
  const text = source.replace(LINE_BREAK, "\n").replaceAll("\t", "    ").replace(UNSAFE, "");
  const blocks = new Blocks(text).read();
  return oneLine(visible(blocks.map((block) => new Line(block).ownText()).join(" ")).replace(ADDRESS, ""));
}

function visible(text) {
  return text.replace(/\p{White_Space}+/gu, " ").normalize("NFC").replace(/[\p{C}\u034f]/gu, "");
}

function oneLine(text) {
  return text.replace(/ +/g, " ").replace(/^ | $/g, "");
}

/** Finds the texts of paragraphs, list items and headings outside quotations and code blocks. */
class Blocks {
  constructor(source) {
    this.source = source;
    this.texts = [];
    this.lines = [];
    let start = 0;
    while (start < source.length) {
      const newline = source.indexOf("\n", start);
      const end = newline < 0 ? source.length : newline;
      const first = this.skipSpaces(start);
      if (first === source.length && newline < 0) break;
      // column: how far the text is indented, which is not first - start behind the marker of a list
      this.lines.push({ start, end, first, column: first - start });
      start = end + 1;
    }
    this.line = 0;
    this.level = 0;
    this.indent = 0; // of the list item that is read, and of the list it is in
    this.listIndent = -1;
    this.inParagraph = false;
  }

  read() {
    this.readLines(this.lines.length);
    return this.texts;
  }

  readLines(end) {
    while (this.line < end) {
      while (this.line < this.lines.length && this.isEmpty(this.line)) this.line++;
      if (this.line >= end || this.lines[this.line].column < this.indent) return;
      if (this.ruleAt(this.lines[this.line])) this.line++;
      else if (!(this.fence(end) || this.quotation(end) || this.list(end) || this.heading())) this.paragraph();
    }
  }

  isEmpty(line) {
    return line >= this.lines.length || this.lines[line].first >= this.lines[line].end;
  }

  skipSpaces(position) {
    while (this.source[position] === " ") position++;
    return position;
  }

  /** The fence that begins a line ("```" or longer, or of "~"), or null. */
  fenceAt({ first, end }) {
    const [, fence, info] = /^(`{3,}|~{3,}|)(.*)$/u.exec(this.source.slice(first, end));
    return fence && !(fence[0] === "`" && info.includes("`")) ? fence : null;
  }

  fence(end) {
    const fence = this.fenceAt(this.lines[this.line]);
    if (!fence) return false;
    while (++this.line < end) {
      const line = this.lines[this.line];
      if (line.first < line.end && line.column < this.indent) return true;
      const [, closing] = /^(`{3,}|~{3,}|) *$/.exec(this.source.slice(line.first, line.end)) ?? [null, ""];
      if (closing[0] === fence[0] && closing.length >= fence.length) {
        this.line++;
        return true;
      }
    }
    return true;
  }

  ruleAt({ first, end }) {
    return /^(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$/.test(this.source.slice(first, end));
  }

  isQuoted(line) {
    return this.level < DEEPEST_BLOCK && this.source[this.lines[line].first] === ">";
  }

  quotation(end) {
    if (!this.isQuoted(this.line)) return false;
    this.line++;
    while (this.line < end && this.isQuoted(this.line) && this.lines[this.line].column >= this.indent) this.line++;
    return true;
  }

  headingAt({ first, end }) {
    return /^#{1,6}(?: .*)?$/u.test(this.source.slice(first, end));
  }

  heading() {
    const line = this.lines[this.line];
    if (!this.headingAt(line)) return false;
    const text = this.source.slice(line.first, line.end).replace(/^#+/, "");
    const closed = withoutTrailing(" ", text);
    const kept = withoutTrailing("#", closed);
    this.texts.push((kept.endsWith(" ") ? kept : closed).trim());
    this.line++;
    return true;
  }

  /** What begins a list item on a line: where its marker ends, and what kind of list it belongs to; or null. */
  markerAt({ first, end }) {
    const found = /^(?:([-+*])|([0-9]{1,9})([.)]))(?= |$)/.exec(this.source.slice(first, Math.min(end, first + 12)));
    if (!found) return null;
    return { after: first + found[0].length, kind: found[1] || found[3], number: found[2] };
  }

  /** The marker of a list that may begin on a line; inside a paragraph fewer may. */
  listAt(line) {
    const { column, end } = this.lines[line];
    if (this.level >= DEEPEST_BLOCK) return null;
    if (this.listIndent >= 0 && column - this.listIndent >= 4 && column < this.indent) return null;
    const marker = this.markerAt(this.lines[line]);
    if (marker && this.inParagraph && column >= this.indent) {
      if (marker.number && Number(marker.number) !== 1) return null;
      if (this.skipSpaces(marker.after) >= end) return null;
    }
    return marker;
  }

  list(end) {
    let marker = this.listAt(this.line);
    if (!marker) return false;
    const { kind } = marker;
    const ordered = Boolean(marker.number);
    this.level++;
    do {
      this.item(marker.after, end);
      if (this.line >= end) break;
      const line = this.lines[this.line];
      if (line.column < this.indent || this.fenceAt(line) || this.isQuoted(this.line) || this.ruleAt(line)) break;
      marker = this.markerAt(line);
    } while (marker && marker.kind === kind && Boolean(marker.number) === ordered);
    this.level--;
    return true;
  }

  item(after, end) {
    const number = this.line;
    const whole = this.lines[number];
    const content = Math.min(this.skipSpaces(after), whole.end);
    const marked = whole.column + after - whole.first;
    const spaces = content - after;
    const { indent, listIndent } = this;
    this.listIndent = indent;
    this.indent = marked + (content >= whole.end || spaces > 4 ? 1 : spaces);
    this.lines[number] = { ...whole, first: content, column: marked + spaces };
    this.level++;
    if (content >= whole.end && this.isEmpty(number + 1)) this.line = Math.min(number + 2, end);
    else this.readLines(end);
    this.level--;
    this.lines[number] = whole;
    this.indent = indent;
    this.listIndent = listIndent;
  }

  paragraph() {
    const start = this.line;
    this.inParagraph = true;
    while (++this.line < this.lines.length && !this.isEmpty(this.line)) {
      const line = this.lines[this.line];
      if (line.column - this.indent > 3) continue;
      if (this.fenceAt(line) || this.isQuoted(this.line) || this.ruleAt(line)) break;
      if (this.listAt(this.line) || this.headingAt(line)) break;
    }
    this.inParagraph = false;
    const texts = this.lines
      .slice(start, this.line)
      .map((line) => this.source.slice(Math.min(line.start + this.indent, line.first), line.end));
    this.texts.push(texts.join("\n").trim());
  }
}

function withoutTrailing(character, text) {
  let end = text.length;
  while (text[end - 1] === character) end--;
  return text.slice(0, end);
}

/** The text of a code span without the one space at each end that keeps its backticks apart. */
function withoutPadding(code) {
  return code.startsWith(" ") && code.endsWith(" ") && /[^ ]/.test(code) ? code.slice(1, -1) : code;
}

/** Reads emphasis, links, code and escapes in the text of one block. */
class Line {
  constructor(text) {
    this.text = text;
    this.position = 0;
    this.end = text.length;
    this.level = 0;
    this.skipped = new Map(); // where the token ends that begins at a position
    this.pieces = []; // strings, and delimiters of emphasis until it is known whether they are shown
    this.delimiters = [];
    this.runs = null; // the last place of each length of a run of backticks
  }

  ownText() {
    this.read();
    pair(this.delimiters);
    return this.shown(0);
  }

  shown(start) {
    return this.pieces
      .slice(start)
      .map((piece) => (typeof piece === "string" ? piece : piece.paired ? "" : piece.marker))
      .join("");
  }

  read() {
    while (this.position < this.end) {
      if (this.level >= MAX_NESTING || !this.token(false)) this.pieces.push(this.text[this.position++]);
    }
  }

  /** Reads one token, or in silence only moves behind it; false where there is none. */
  token(silent) {
    switch (this.text[this.position]) {
      case "\n":
        return this.newline(silent);
      case "\\":
        return this.escape(silent);
      case "`":
        return this.code(silent);
      case "*":
      case "_":
        return !silent && this.emphasis();
      case "[":
        return this.link(silent);
      case "<":
        return this.autolink(silent);
      case "]":
        return false;
      default:
        return this.plain(silent);
    }
  }

  plain(silent) {
    const start = this.position;
    while (this.position < this.end && !"\n\\`*_[]<".includes(this.text[this.position])) this.position++;
    if (!silent) this.pieces.push(this.text.slice(start, this.position));
    return true;
  }

  newline(silent) {
    if (!silent) this.pieces.push(" ");
    this.position++;
    while (this.position < this.end && this.text[this.position] === " ") this.position++;
    return true;
  }

  escape(silent) {
    if (this.position + 1 >= this.end) return false;
    this.position++;
    const character = this.text[this.position];
    if (character === "\n") return this.newline(silent);
    if (!silent) this.pieces.push(/[!-/:-@[-`{-~]/.test(character) ? character : "\\" + character);
    this.position++;
    return true;
  }

  code(silent) {
    const start = this.position;
    let open = start;
    while (open < this.end && this.text[open] === "`") open++;
    if (!this.runs) {
      this.runs = new Map();
      for (const run of this.text.matchAll(/`+/g)) this.runs.set(run[0].length, run.index);
    }
    if ((this.runs.get(open - start) ?? -1) >= open) {
      let close = open;
      for (;;) {
        const from = this.text.indexOf("`", close);
        if (from < 0 || from >= this.end) break;
        close = from;
        while (this.text[close] === "`") close++;
        if (close > this.end) break;
        if (close - from === open - start) {
          if (!silent) this.pieces.push(withoutPadding(this.text.slice(open, from).replaceAll("\n", " ")));
          this.position = close;
          return true;
        }
      }
    }
    if (!silent) this.pieces.push(this.text.slice(start, open));
    this.position = open;
    return true;
  }

  emphasis() {
    const marker = this.text[this.position];
    const before = characterBefore(this.text, this.position);
    let next = this.position;
    while (next < this.end && this.text[next] === marker) next++;
    const after = next < this.end ? String.fromCodePoint(this.text.codePointAt(next)) : " ";
    const left = !SPACE.test(after) && (!PUNCTUATION.test(after) || SPACE.test(before) || PUNCTUATION.test(before));
    const right = !SPACE.test(before) && (!PUNCTUATION.test(before) || SPACE.test(after) || PUNCTUATION.test(after));
    const open = left && (marker === "*" || !right || PUNCTUATION.test(before));
    const close = right && (marker === "*" || !left || PUNCTUATION.test(after));
    const length = next - this.position;
    for (; this.position < next; this.position++) {
      const delimiter = { marker, length, open, close, run: next, paired: false };
      this.delimiters.push(delimiter);
      this.pieces.push(delimiter);
    }
    return true;
  }

  /** Where the "]" stands that closes the "[" at `start`, or -1. */
  labelEnd(start) {
    const { position } = this;
    let end = -1;
    let depth = 1;
    this.position = start + 1;
    while (this.position < this.end) {
      const character = this.text[this.position];
      if (character === "]" && --depth === 0) {
        end = this.position;
        break;
      }
      const from = this.position;
      this.skip();
      if (character === "[") {
        if (this.position !== from + 1) break; // a link, and links do not stand in links
        depth++;
      }
    }
    this.position = position;
    return end;
  }

  skip() {
    const from = this.position;
    const known = this.skipped.get(from);
    if (known !== undefined) {
      this.position = known;
      return;
    }
    if (this.level >= MAX_NESTING) {
      this.position = this.end + 1;
    } else {
      this.level++;
      if (!this.token(true)) this.position++;
      this.level--;
    }
    this.skipped.set(from, this.position);
  }

  link(silent) {
    const start = this.position + 1;
    const labelEnd = this.labelEnd(this.position);
    if (labelEnd < 0 || this.text[labelEnd + 1] !== "(" || labelEnd + 1 >= this.end) return false;
    let position = this.skipWhite(labelEnd + 2);
    let address = "";
    const destination = this.destination(position);
    if (destination) {
      address = unescape(destination.text);
      if (!DESTINATION.test(address)) return false;
      address = address.replace(UNSAFE_IN_ADDRESS, (character) => encodeURIComponent(character));
      position = this.skipWhite(destination.after);
      if (position !== destination.after) {
        const afterTitle = this.title(position);
        if (afterTitle >= 0) position = this.skipWhite(afterTitle);
      }
    }
    if (position >= this.end || this.text[position] !== ")") return false;
    if (!silent) this.inside(start, labelEnd, address);
    this.position = position + 1;
    return true;
  }

  /** Reads the label of a link, and takes it away again when it shows the address. */
  inside(start, labelEnd, address) {
    const { end, delimiters } = this;
    const first = this.pieces.length;
    this.position = start;
    this.end = labelEnd;
    this.delimiters = [];
    this.level++;
    this.read();
    this.level--;
    pair(this.delimiters);
    this.end = end;
    this.delimiters = delimiters;
    if (showsItsAddress(address, this.shown(first))) {
      this.pieces.length = first;
      this.pieces.push("");
    }
  }

  skipWhite(position) {
    while (position < this.end && (this.text[position] === " " || this.text[position] === "\n")) position++;
    return position;
  }

  destination(start) {
    let position = start;
    if (this.text[start] === "<") {
      for (position++; position < this.end; position++) {
        const character = this.text[position];
        if (character === "\n" || character === "<") return null;
        if (character === ">") return { text: this.text.slice(start + 1, position), after: position + 1 };
        if (character === "\\" && position + 1 < this.end) position++;
      }
      return null;
    }
    let depth = 0;
    for (; position < this.end; position++) {
      const character = this.text[position];
      if (character <= " " || character === "\x7f") break;
      if (character === "\\" && position + 1 < this.end) {
        if (this.text[position + 1] === " ") break;
        position++;
      } else if (character === "(") {
        if (++depth > 32) return null;
      } else if (character === ")") {
        if (depth === 0) break;
        depth--;
      }
    }
    if (position === start || depth !== 0) return null;
    return { text: this.text.slice(start, position), after: position };
  }

  /** The place behind the title that begins at `start`, or -1. */
  title(start) {
    const opening = this.text[start];
    if (start >= this.end || !"\"'(".includes(opening)) return -1;
    const closing = opening === "(" ? ")" : opening;
    for (let position = start + 1; position < this.end; position++) {
      const character = this.text[position];
      if (character === closing) return position + 1;
      if (character === "(" && closing === ")") return -1;
      if (character === "\\" && position + 1 < this.end) position++;
    }
    return -1;
  }

  autolink(silent) {
    let close = this.position + 1;
    while (close < this.end && this.text[close] !== "<" && this.text[close] !== ">") close++;
    if (close >= this.end || this.text[close] !== ">") return false;
    const address = this.text.slice(this.position + 1, close);
    if (!(AUTOLINK.test(address) ? DESTINATION.test(address) : AUTOLINK_EMAIL.test(address))) return false;
    if (!silent) this.pieces.push("");
    this.position = close + 1;
    return true;
  }
}

function characterBefore(text, position) {
  if (position === 0) return " ";
  const pair = text.slice(Math.max(position - 2, 0), position);
  return pair.length === 2 && pair.codePointAt(0) > 0xffff ? pair : pair.slice(-1);
}

function unescape(text) {
  return text.replace(ESCAPED_OR_ENTITY, (whole, escaped, decimal, hexadecimal, name) => {
    if (escaped) return escaped;
    if (name) return name === "sol" ? "/" : ":";
    const code = decimal ? parseInt(decimal, 10) : parseInt(hexadecimal, 16);
    const allowed = [9, 10, 12, 13].includes(code) || (code >= 32 && code < 127) || (code > 159 && code <= 0x10ffff);
    const character = allowed ? String.fromCodePoint(code) : "";
    return /^[^\p{Cs}\p{Noncharacter_Code_Point}]$/u.test(character) ? character : whole;
  });
}

function showsItsAddress(address, label) {
  const own = visible(address);
  const text = oneLine(visible(label));
  if (text === own) return true;
  const host = HOST.exec(text.toLowerCase())[1];
  return host === HOST.exec(own.toLowerCase())[1] && host.includes(".") && !text.includes(" ");
}

/** Marks the delimiters that make emphasis: CommonMark's "process emphasis", in one pass with remembered failures. */
function pair(delimiters) {
  const bottoms = new Map();
  const jumps = [];
  let head = 0;
  let run = null;
  delimiters.forEach((closer, index) => {
    jumps.push(0);
    if (delimiters[head].marker !== closer.marker || run !== closer.run) head = index;
    run = closer.run;
    if (!closer.close) return;
    const key = `${closer.marker}${closer.open}${closer.length % 3}`;
    const bottom = bottoms.get(key) ?? -1;
    let candidate = head - jumps[head] - 1;
    const lowest = candidate;
    let found = false;
    while (candidate > bottom && !found) {
      const opener = delimiters[candidate];
      if (opener.marker === closer.marker && opener.open && !opener.paired && !isOdd(opener, closer)) {
        const behind = candidate > 0 && !delimiters[candidate - 1].open ? jumps[candidate - 1] + 1 : 0;
        jumps[index] = index - candidate + behind;
        jumps[candidate] = behind;
        closer.open = false;
        opener.close = false;
        opener.paired = closer.paired = true;
        found = true;
        run = null;
      }
      candidate -= jumps[candidate] + 1;
    }
    if (!found) bottoms.set(key, lowest);
  });
}

function isOdd(opener, closer) {
  return (
    (opener.close || closer.open) &&
    (opener.length + closer.length) % 3 === 0 &&
    (opener.length % 3 !== 0 || closer.length % 3 !== 0)
  );
}
