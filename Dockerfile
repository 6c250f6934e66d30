# One process, one SQLite file in /data; compose.yaml has several workers on PostgreSQL.
# Build: docker build -t oversight-watch .
# Run: docker run --read-only --tmpfs /tmp -v "$PWD/data:/data" -e SMTP_PASSWORD oversight-watch
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY monitor monitor
COPY alerts alerts
COPY service service
COPY config config
COPY seeds seeds
COPY deploy deploy
RUN python -m venv /opt/oversight-watch \
 && /opt/oversight-watch/bin/pip install --no-cache-dir --disable-pip-version-check -c constraints.txt '.[workers]' \
 && /opt/oversight-watch/bin/pip uninstall --yes --quiet pip

FROM python:3.11-slim
COPY --from=build /opt/oversight-watch /opt/oversight-watch
RUN useradd --system --uid 10001 --create-home --home-dir /data watch
USER 10001
WORKDIR /data
VOLUME /data
ENV PATH=/opt/oversight-watch/bin:$PATH PYTHONUNBUFFERED=1
# Touched every minute while the process works; looking at it takes no Python and no database.
ENV OVERSIGHT_WATCH_ALIVE_FILE=/tmp/oversight-watch.alive
HEALTHCHECK --interval=1m --timeout=5s --start-period=2m \
  CMD test -n "$(find /tmp/oversight-watch.alive -mmin -3)"
# The service finishes the work in hand on SIGTERM.
STOPSIGNAL SIGTERM
ENTRYPOINT ["oversight-watch"]
CMD ["run", "--watch-file", "/data/watch.yaml"]
