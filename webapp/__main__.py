"""`python -m webapp` is the `grasrot` command."""

from webapp.cli import main

main(prog_name="grasrot")
