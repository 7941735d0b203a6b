from servicekit.migrations import run

run("content_service")
