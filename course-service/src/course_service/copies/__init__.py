"""What other services own and this one needs: people and media assets, fed by events."""
