from servicekit.migrations import run

run("webinar_service")
