"""Writes the next migration from the difference between the tables in code and those the migrations make."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from service.database.database import MIGRATIONS, open_database


def main(message: str) -> None:
    """Write the step named by `message`, to be read and corrected before it is committed."""
    number = len(list((MIGRATIONS / "versions").glob("[0-9]*.py"))) + 1
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'now.db'}"
        open_database(url).close()
        with create_engine(url).connect() as connection:
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(MIGRATIONS))
            command.revision(config, message=message, autogenerate=True, rev_id=f"{number:04}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit('say what changes: make migration NAME="source gains a column"')
    main(sys.argv[1])
