"""What members are told of what happens: as often as each wants, in one place, and never twice."""
