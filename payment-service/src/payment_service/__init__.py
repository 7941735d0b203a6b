"""Orders, entitlements, coupons, points and leaderboard."""
