"""What the findings are called, and the sentences of what is refused."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from forums.models import FindingCode

CODES: Mapping[FindingCode, LazyString] = {
    FindingCode.SPAM: _l("reklame eller søppelpost"),
    FindingCode.EMPTY: _l("ingen mening i teksten"),
    FindingCode.AUTOMATED: _l("laget av en maskin"),
    FindingCode.OFF_TOPIC_FILLER: _l("fyllord som ikke handler om saken"),
}

SENTENCES: Mapping[str, LazyString] = {
    "finding_waits": _l("Det er alt foreslått om dette innlegget. En til må avgjøre det."),
    "finding_gone": _l("Forslaget gjelder ikke lenger. Last siden på nytt."),
    "finding_settled": _l("Det er alt avgjort at innlegget er et bidrag."),
    "finding_appealed": _l("Du har alt klaget på vurderingen."),
    "finding_not_yours": _l("Bare de to som vurderte innlegget, og kontrollkomiteen, kan svare."),
    "finding_nothing_to_lose": _l("Innlegget teller ikke som deltakelse i noen sak."),
}
