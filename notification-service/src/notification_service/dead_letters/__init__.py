"""The dead-letter desk: what no consumer could handle, shown and replayed."""
