"""Plain data for every face: `--json` today."""
