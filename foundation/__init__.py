"""The ground floor: knows nothing of members, forums or ballots."""
