from servicekit.migrations import run

run("course_service")
