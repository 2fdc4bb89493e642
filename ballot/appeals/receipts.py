"""What a member sends as a receipt: a picture or a PDF, looked into before it is kept.

The deciders open it on their own machines. So a picture is drawn anew, which drops whatever else was in the file
(the place where it was taken, for one), and a PDF is taken only if nothing in it can act by itself.
"""

from __future__ import annotations

import re
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from ballot.appeals.models import MediaType
from foundation.errors import Reason, RuleBroken

LARGEST = 5 * 1024 * 1024
# A phone's camera has fewer; a picture of more is a bomb that unfolds in memory.
MOST_PIXELS = 60_000_000
# What compressed parts of a PDF may unfold to, all of them together.
MOST_UNFOLDED = 40 * 1024 * 1024
SIDE = 2400

_ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|Launch|OpenAction|AA|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToR|GoToE"
    rb"|Movie|Sound|Rendition|Encrypt)(?![A-Za-z0-9])"
)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


@dataclass(frozen=True)
class Checked:
    """A receipt that may be kept."""

    media_type: MediaType
    content: bytes


def check(data: bytes) -> Checked:
    """Look into what was sent; raises RuleBroken with the sentence to show beside the field.

    What the file is called, and what the browser says it is, is not asked.
    """
    if len(data) > LARGEST:
        raise RuleBroken(Reason.of("receipt_too_large"))
    if data.startswith(b"%PDF-"):
        return _pdf(data)
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return _picture(data)
    raise RuleBroken(Reason.of("receipt_kind"))


def _picture(data: bytes) -> Checked:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise RuleBroken(Reason.of("receipt_too_large"))
                picture.verify()
            with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as picture:
                is_png = picture.format == "PNG"
                upright = ImageOps.exif_transpose(picture).convert("RGB")
    except RuleBroken:
        raise
    except Exception as problem:
        # Pillow answers a broken picture with whatever its reader stumbles over.
        raise RuleBroken(Reason.of("receipt_kind")) from problem
    upright.thumbnail((SIDE, SIDE))
    drawn = BytesIO()
    if is_png:
        upright.save(drawn, "PNG", optimize=True)
        return Checked(MediaType.PNG, drawn.getvalue())
    upright.save(drawn, "JPEG", quality=85)
    return Checked(MediaType.JPEG, drawn.getvalue())


def _pdf(data: bytes) -> Checked:
    if not re.match(rb"%PDF-[12]\.\d", data) or b"%%EOF" not in data[-1024:] or b"startxref" not in data:
        raise RuleBroken(Reason.of("receipt_kind"))
    # A name can be written with codes for its letters.
    plain = _ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), data)
    if _ACTIVE.search(plain) or any(_ACTIVE.search(part) for part in _unfolded(data)):
        raise RuleBroken(Reason.of("receipt_active"))
    return Checked(MediaType.PDF, data)


def _unfolded(data: bytes) -> list[bytes]:
    """The compressed parts of a PDF as they read: objects, and with them actions, can lie in one."""
    parts, left = [], MOST_UNFOLDED
    for found in _STREAM.finditer(data):
        reader = zlib.decompressobj()
        try:
            part = reader.decompress(found[1], left)
        except zlib.error:
            continue  # a picture, or a way of packing that holds no objects
        left -= len(part)
        if left <= 0 or reader.unconsumed_tail:
            raise RuleBroken(Reason.of("receipt_active"))
        if b"/" in part:
            parts.append(_ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), part))
    return parts
