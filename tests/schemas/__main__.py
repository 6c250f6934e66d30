"""`python -m tests.schemas` writes the newest schema's dump anew; older ones stay as they were released."""

import sys
import tempfile
from pathlib import Path

from tests.schemas.build import FOLDER, dump, live_through, migration_files

if __name__ == "__main__":
    newest = max(migration_files())
    with tempfile.TemporaryDirectory() as name:
        database = Path(name) / "watch.db"
        address = live_through(Path(name), database)
        (FOLDER / f"{newest}.sql").write_text(dump(database, address, newest), encoding="utf-8")
    sys.stdout.write(f"written: {FOLDER / newest}.sql\n")
