"""Benchmarks: each prints figures of one run, beside the raw limit or a peer measured in the same run."""
