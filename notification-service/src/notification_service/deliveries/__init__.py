"""Deliveries: mails and pushes on their way, with their own leases and retries."""
