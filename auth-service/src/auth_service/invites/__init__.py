"""Invites: codes that grant a role, made by admins and redeemed by people."""
