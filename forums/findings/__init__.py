"""«Ikke et bidrag»: two find that a post is no contribution. Nobody takes a vote away alone, or late."""
