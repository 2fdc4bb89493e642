"""Pure rules about people: facts in, an answer with a reason out."""
