"""Pure rules about ballots: facts in, an answer with a reason out."""
