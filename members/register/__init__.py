"""The member register as a file: read, and held against what is known. Nothing here writes anything."""
