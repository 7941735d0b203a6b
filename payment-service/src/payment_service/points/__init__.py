"""Points for taking part: rules, an append-only ledger, a leaderboard."""
