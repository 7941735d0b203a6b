"""Money at Razorpay: webhooks, verification, captures, refunds, reconciliation."""
