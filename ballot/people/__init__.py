"""People who are one, people who leave, and what is kept of whom: acts that reach through every floor of the house."""
