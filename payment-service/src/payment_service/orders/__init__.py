"""Orders: a wish to pay, from the price in the catalogue to the receipt."""
