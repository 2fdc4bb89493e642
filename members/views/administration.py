"""The administrator's pages."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from foundation.doors import open_to
from members.rules.permissions import Permission
from members.views.blueprint import bp


@bp.get("/administrasjon")
@open_to(Permission.IMPORT_REGISTER)
def admin() -> ResponseReturnValue:
    """The organisation at a glance."""
    return render_template("members/admin.html")
