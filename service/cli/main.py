"""The entry point: exit codes, and what every command does with Ctrl-C, a closed pipe and a user's mistake.

Exit codes: 0 done; 1 done, but a source is in trouble or a message was not accepted; 2 the command line or
the watch file is wrong, or nothing can be read; 3 the database or a file cannot be used; 130 interrupted.
"""

import gc
import os
import signal
import sys
import threading
from io import TextIOWrapper

from service.cli.tree import overview

# What is loaded and what a large file becomes stays in use: looking through it for garbage takes as long.
gc.set_threshold(50_000)
# To look for plugins of pydantic, of which there are none, takes a file of every installed package.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def main() -> None:
    """Run the command line; a user's mistake ends in a sentence and an exit code, never in a traceback."""
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Show a question mark for a character that the terminal lacks, instead of ending the program.
            stream.reconfigure(errors="replace")
    try:
        if sys.argv[1:] in (["-h"], ["--help"]):
            print(overview())  # noqa: T201
        else:
            _run_command()
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where a full disk and a closed pipe are met
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of the pipe is gone: end quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _fail(f"{error.filename or 'the output'} cannot be used: {error.strerror or error}", 3)


def _run_command() -> None:
    """Load and run the command that is named. Its modules are not needed to show the help."""
    from alerts.domain.errors import AlertError
    from monitor.domain.errors import OversightError, StoreError
    from service.cli.app import app
    from service.cli.options import opened_here

    try:
        with opened_here:
            app(prog_name="oversight-watch")
    except StoreError as error:
        _fail(str(error), 3)
    except (OversightError, AlertError) as error:
        _fail(str(error), 2)
    except UnicodeEncodeError:
        _fail("an argument holds bytes that are not text in UTF-8; type it again", 2)


def _interrupted(_number: int, _frame: object) -> None:
    """End as usual on Ctrl-C, and at once on a second one: a library may be stuck since the first."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    raise KeyboardInterrupt


def _fail(message: str, code: int) -> None:
    print(f"oversight-watch: {message}", file=sys.stderr)  # noqa: T201
    sys.exit(code)


if __name__ == "__main__":
    main()
