"""Appeals against a line of the roll: filed by the one refused, decided by two of the appeals group."""
