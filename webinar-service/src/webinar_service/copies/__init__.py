"""What other services own and this one needs: people and entitlements, fed by events."""
