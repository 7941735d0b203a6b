"""Jobs: one upload each, claimed by a lease, from the queue to its renditions."""
