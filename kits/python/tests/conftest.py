"""What the kit's own tests need: pytest's means to run pytest. The plugin under test comes with the package, or by `-p`."""

pytest_plugins = ["pytester"]
