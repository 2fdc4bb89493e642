"""The one blueprint of the register's pages."""

from flask import Blueprint

bp = Blueprint("members", __name__)
