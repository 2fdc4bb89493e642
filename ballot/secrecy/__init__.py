"""Ballot secrecy: papers sealed while voting runs, receipts that tell nothing, tables rewritten at closing."""
