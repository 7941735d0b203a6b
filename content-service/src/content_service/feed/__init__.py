"""Posts as readers meet them."""
