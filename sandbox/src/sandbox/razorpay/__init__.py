"""Razorpay as its clients see it: orders, payments, refunds, checkout, webhooks."""
