"""Order in the debate: reports, the keepers' queue, what they can do with posts and threads, and appeals against it."""
