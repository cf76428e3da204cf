"""The environments of the contenders: one each, because they ask for different pandas and NumPy."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE / ".venvs"
PYTHON = "3.11"
"""Which all pinned versions have a build for."""
MOST_SECONDS = 360
QUIET = {
    "SODA_TELEMETRY_DISABLED": "true",
    "GX_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "NML_DISABLE_USAGE_LOGGING": "1",
}
"""No contender tells anyone that it runs."""


class MissingEnvironmentError(RuntimeError):
    """A contender could not be installed."""


def python_of(name: str) -> str:
    """Return the interpreter of a contender's environment, which is made when it is missing or out of date.

    Raises
    ------
    MissingEnvironmentError
        When it could not be made.
    """
    required, place = HERE / f"{name}.txt", FOLDER / name
    interpreter, ready = place / "bin" / "python", place / "ready"
    stamp = hashlib.sha256(required.read_bytes()).hexdigest()
    if not (ready.exists() and ready.read_text(encoding="utf-8") == stamp):
        _uv("venv", "--clear", "--python", PYTHON, str(place))
        _uv("pip", "install", "--python", str(interpreter), "--requirement", str(required))
        ready.write_text(stamp, encoding="utf-8")
    return str(interpreter)


def _uv(*arguments: str) -> None:
    own = HERE.parent.parent / ".venv" / "bin" / "uv"
    program = str(own) if own.exists() else shutil.which("uv")
    if program is None:
        message = "uv is neither in .venv/bin nor on PATH"
        raise MissingEnvironmentError(message)
    try:
        subprocess.run(
            (program, "--quiet", *arguments),
            env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
            check=True,
            capture_output=True,
            timeout=MOST_SECONDS,
        )
    except subprocess.SubprocessError as error:
        said = (getattr(error, "stderr", None) or b"").decode(errors="replace")[-500:]
        message = f"{error}\n{said}"
        raise MissingEnvironmentError(message) from error
