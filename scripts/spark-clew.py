"""What spark-submit is given: the `clew` command itself. See docs/how-to/cluster.md."""

from clew.cli.app import main

if __name__ == "__main__":
    main()
