"""Runs the migrations on the connection that service.database.database hands over; also serves `make
migration`."""

from alembic import context
from sqlmodel import SQLModel

import alerts.domain.models  # noqa: F401
import monitor.store.models  # noqa: F401 - importing both fills the metadata
from service.database.search_index import is_of_models

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    include_name=is_of_models,
)
context.run_migrations()
