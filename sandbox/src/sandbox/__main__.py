"""`python -m sandbox`."""

from sandbox.server import run

if __name__ == "__main__":
    run()
