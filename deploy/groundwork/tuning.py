"""How the servers are set up, whoever starts them."""

POSTGRES = {
    "max_connections": "400",
    "shared_buffers": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Queue depths are at most a second old: status shows them, backup waits for them.
BROKER_STATISTICS_MSECS = "1000"
