"""The numbered scripts that make a database what this release needs: `migrations/{store}_{number}.sql`."""

from importlib import resources


def scripts(store: str) -> list[str]:
    """The scripts of a store in their order; the first is number 1."""
    folder = resources.files(__package__).joinpath("migrations")
    found = [script for script in folder.iterdir() if script.name.startswith(f"{store}_")]
    return [script.read_text() for script in sorted(found, key=lambda script: script.name)]
