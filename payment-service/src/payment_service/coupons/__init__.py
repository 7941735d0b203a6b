"""Checkout coupons: codes that lower a price, never used more often than allowed."""
