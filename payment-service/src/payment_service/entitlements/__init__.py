"""Access that was paid for or given."""
