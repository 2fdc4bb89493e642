"""The counting core: pure functions on integers and fractions, no application, no database, no chance."""
