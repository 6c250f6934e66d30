"""Examples that each command's help shows; docs/commands.md has them too."""

EXAMPLES: dict[str, tuple[str, ...]] = {
    "init": ("oversight-watch init", "oversight-watch init --what gao-open --where webhook --when daily"),
    "doctor": ("oversight-watch doctor", "oversight-watch doctor --json"),
    "check": (
        "oversight-watch check",
        "oversight-watch check gao-open --json",
        "oversight-watch check cbp-audits --accept",
    ),
    "run": (
        "oversight-watch run --watch-file /etc/oversight-watch/watch.yaml",
        "oversight-watch run --log-format json",
    ),
    "serve": (
        "oversight-watch serve",
        "oversight-watch serve -w demo-output/watch.yaml",
    ),
    "worker": (
        "oversight-watch worker",
        "oversight-watch worker --at-once 20 -w /etc/oversight-watch/watch.yaml",
    ),
    "status": (
        "oversight-watch status",
        "oversight-watch status --json | jq '.sources[] | select(.trouble)'",
    ),
    "health": (
        "oversight-watch health",
        "oversight-watch health --json | jq -r '.reasons[]'",
    ),
    "metrics": ("oversight-watch metrics",),
    "changes": (
        "oversight-watch changes --days 7",
        "oversight-watch changes --source cbp-gao --limit 500 --json",
    ),
    "events": (
        "oversight-watch events --after 1204",
        "oversight-watch events --after 0 --limit 10000 | jq -r .headline",
    ),
    "export changes": ("oversight-watch export changes --format jsonl --output changes.jsonl",),
    "export records": ("oversight-watch export records --open --format xlsx -o open.xlsx",),
    "records": (
        "oversight-watch records --status open",
        "oversight-watch records --open --agency CBP --sort due",
        "oversight-watch records --source cbp-audits --json",
    ),
    "search": (
        "oversight-watch search cameras ports",
        "oversight-watch search \"facial recognition\" 'biometric*'",
        "oversight-watch search OIG-24-01 --json",
    ),
    "show": (
        "oversight-watch show OIG-24-01",
        'oversight-watch show "GAO-24-106148 rec 4" --as-of 2026-03-02 --json',
    ),
    "evidence": (
        "oversight-watch evidence 1204 -o packet.zip",
        'oversight-watch evidence --record "GAO-24-106148 rec 4" -o packet.zip',
        "oversight-watch evidence --topic facial-recognition --days 30 -o packet.zip",
    ),
    "snapshots": (
        "oversight-watch snapshots cbp-audits",
        "oversight-watch snapshots cbp-audits --as-of 2026-03-15 --json",
    ),
    "snapshot": (
        "oversight-watch snapshot 3fa2c1",
        "oversight-watch snapshot 3fa2c1 -o page.html",
        "oversight-watch snapshot 3fa2c1 --diff 77e0b2 --json",
        "oversight-watch snapshot --source cbp-audits --as-of 2026-03-15 --open",
    ),
    "import": (
        "oversight-watch import cbp-audits captures.warc.gz",
        "oversight-watch import gao-open exports/ --json",
    ),
    "replay": (
        "oversight-watch replay cbp-audits",
        "oversight-watch replay --profile drafts/city_auditor.yaml",
        "oversight-watch replay --store",
    ),
    "promises": (
        "oversight-watch promises --passed",
        "oversight-watch promises --before 2026-10-01 --json",
    ),
    "assign": (
        'oversight-watch assign "GAO-24-106148 rec 4" Ana',
        'oversight-watch assign OIG-24-01 --source cbp-audits --by "Bo Ruiz" --nobody',
    ),
    "note": ('oversight-watch note "GAO-24-106148 rec 4" "Asked CBP for the training plan"',),
    "snooze": (
        'oversight-watch snooze "GAO-24-106148 rec 4" --until 2099-06-01',
        'oversight-watch snooze "GAO-24-106148 rec 4" --until-change',
        'oversight-watch snooze "GAO-24-106148 rec 4" --off --source cbp-gao --by Ana',
    ),
    "assigned": (
        "oversight-watch assigned",
        "oversight-watch assigned Ana --json",
    ),
    "digest next": (
        "oversight-watch digest next weekly",
        "oversight-watch digest weekly --format markdown --out /tmp",
        "oversight-watch digest weekly --send",
    ),
    "digest list": (
        "oversight-watch digest list",
        "oversight-watch digest list weekly --json",
    ),
    "digest show": (
        "oversight-watch digest show 12",
        "oversight-watch digest show 12 --format html --out /tmp",
        "oversight-watch digest show 12 --json",
    ),
    "digest resend": ("oversight-watch digest resend 12",),
    "outbox list": (
        "oversight-watch outbox list --state dead",
        "oversight-watch outbox list --limit 10 --json",
    ),
    "outbox show": ("oversight-watch outbox show 12",),
    "outbox retry": (
        "oversight-watch outbox retry 12",
        "oversight-watch outbox retry --all",
        "oversight-watch outbox retry --channel newsroom",
    ),
    "outbox drop": ("oversight-watch outbox drop 12",),
    "channels test": (
        "oversight-watch channels test",
        "oversight-watch channels test newsroom",
    ),
    "channels unsubscribed": (
        "oversight-watch channels unsubscribed",
        "oversight-watch channels unsubscribed --json",
        "oversight-watch channels unsubscribed --undo anna@example.org",
    ),
    "sources try": (
        "oversight-watch sources try https://www.oig.dhs.gov/reports",
        "oversight-watch sources try saved.html --profile city-auditor",
    ),
    "sources new": ("oversight-watch sources new https://www.example.gov/audits",),
    "sources test": (
        "oversight-watch sources test",
        "oversight-watch sources test city-auditor --json",
        "oversight-watch sources test --pages tests/pages",
    ),
    "sources inbox": (
        "oversight-watch sources inbox gao-cbp ~/Downloads/cbp.html",
        "oversight-watch sources inbox gao-cbp page-1.mhtml page-2.mhtml --json",
    ),
    "sources profiles": ("oversight-watch sources profiles",),
    "sources compare": (
        "oversight-watch sources compare cbp-audits oversight",
        "oversight-watch sources compare cbp-audits oversight --json",
    ),
    "alerts preview": (
        "oversight-watch alerts preview --change 1204 --channel newsroom",
        "oversight-watch alerts preview --kind status_changed --out mail.html --open",
    ),
    "topics test": ("oversight-watch topics test facial-recognition",),
    "topics explain": (
        "oversight-watch topics explain 1204",
        "oversight-watch topics explain 1204 --json",
    ),
    "config check": ("oversight-watch config check",),
    "config plan": ("oversight-watch config plan draft.yaml",),
    "config import": (
        "oversight-watch config import urls.yaml",
        "oversight-watch config import backup.zip --output watch.yaml",
    ),
    "config schema": (
        "oversight-watch config schema > watch.schema.json",
        "oversight-watch config schema --profile > profile.schema.json",
    ),
    "db upgrade": ("oversight-watch db upgrade",),
    "db backup": ("oversight-watch db backup /backups/oversight-watch-2026-03-02.db",),
    "db check": (
        "oversight-watch db check",
        "oversight-watch db check --json",
    ),
    "db copy": ("oversight-watch db copy sqlite:///oversight-watch.db '${DATABASE_URL}'",),
    "db verify": ("oversight-watch db verify", "oversight-watch db verify --json"),
    "db vacuum": ("oversight-watch db vacuum",),
    "db prune": (
        "oversight-watch db prune --dry-run",
        "oversight-watch db prune",
    ),
    "demo": ("oversight-watch demo --folder /tmp/demo",),
}
