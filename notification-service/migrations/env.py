from servicekit.migrations import run

run("notification_service")
