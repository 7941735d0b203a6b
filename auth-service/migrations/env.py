from servicekit.migrations import run

run("auth_service")
