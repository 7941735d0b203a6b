"""Who follows whom, who keeps whom away, and who reports whom."""
