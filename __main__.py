"""`python -m kappabar` is the command `kappabar`."""

from kappabar.cli import main

if __name__ == "__main__":
    main()
