from servicekit.migrations import run

run("media_worker")
