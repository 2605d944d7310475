"""What spark-submit is given: the `clew` command itself. See docs/cluster.md."""

from clew.cli.app import main

if __name__ == "__main__":
    main()
