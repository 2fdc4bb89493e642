"""Two cases that are one: what counted in either counts in the one that is kept, and the other leads there."""
