"""Letters that time brings about: the deadline for taking part, the roll, and the closing of a ballot."""
