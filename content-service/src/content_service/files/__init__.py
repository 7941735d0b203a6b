"""Files: small assets in one step, by a form."""
