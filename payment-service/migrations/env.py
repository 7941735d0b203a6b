from servicekit.migrations import run

run("payment_service")
