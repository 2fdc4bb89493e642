"""Decision: ballots, who may vote in them, how they are counted and kept secret."""
