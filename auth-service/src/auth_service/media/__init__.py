"""Our own copy of the assets that profiles and verifications point to."""
