"""What readers do with a post beside answering it: find it useful, support it, mention people, mark an answer."""
