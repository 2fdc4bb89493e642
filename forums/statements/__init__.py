"""The private route: statements that two people read, and those entered for somebody who cannot write."""
