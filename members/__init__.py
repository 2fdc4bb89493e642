"""Who is who: units, members, offices, signing in."""
