"""Throw-away database servers: each in a folder of its own, on a free port of this machine, gone at the end.

Tests get them as the fixtures `postgres` and `mariadb`; scripts use the classes as context managers.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Callable

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/sbin", "/usr/local/sbin", "/usr/bin")
USER, PASSWORD, DATABASE = "mlquality", "not a secret", "mlquality"
SECONDS_TO_START = 60.0


class Server(ABC):
    """A server that was made for this program.

    Attributes
    ----------
    folder
        Where its files lie; its socket too.
    port
        On 127.0.0.1.
    """

    account: ClassVar[str]
    """Whom it runs as when this program is root: database servers refuse to be root."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mlq-", dir="/tmp"))  # a socket's path must be short
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            self.folder.chmod(0o755)
            shutil.chown(self.folder, self.account, pwd.getpwnam(self.account).pw_gid)

    # ---- life ----

    def __enter__(self) -> Self:
        atexit.register(self.remove)
        try:
            self.create()
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()
        atexit.unregister(self.remove)

    @abstractmethod
    def create(self) -> None:
        """Write an empty database."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return the program and its arguments, which runs in the foreground."""

    @abstractmethod
    def prepare(self) -> None:
        """Make the user and the database of the tests, once; raises while the server does not answer."""

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **self._as_account()
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                self.prepare()
            except Exception as refused:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    msg = f"{type(self).__name__} does not answer: {(self.folder / 'log').read_text()[-2000:]}"
                    raise RuntimeError(msg) from refused
                time.sleep(0.1)
            else:
                return

    def stop(self) -> None:
        """Stop it at once; whoever is connected loses the connection."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT if isinstance(self, Postgres) else signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def remove(self) -> None:
        """Stop it and delete its files."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *arguments: str) -> None:
        """Run one of its programs to its end."""
        done = subprocess.run(
            arguments, capture_output=True, text=True, check=False, cwd=self.folder, **self._as_account()
        )
        if done.returncode:
            msg = f"{arguments[0]} ended with {done.returncode}: {done.stdout[-1000:]}{done.stderr[-2000:]}"
            raise RuntimeError(msg)

    def _as_account(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        return {"user": self.account, "group": pwd.getpwnam(self.account).pw_gid, "extra_groups": []}

    # ---- use ----

    @abstractmethod
    def connect(self) -> Any:
        """Return a new DB-API connection."""

    @property
    def connector(self) -> Callable[[], Any]:
        """What opens a connection, as `Database` wants it."""
        return self.connect

    def execute(self, *statements: str) -> None:
        """Run statements and commit them."""
        connection = self.connect()
        try:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            connection.commit()
        finally:
            connection.close()

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        connection = self.connect()
        try:
            cursor = connection.cursor()
            cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()]
        finally:
            connection.close()

    @property
    @abstractmethod
    def uri(self) -> str:
        """Its address as an Airflow connection."""


class Postgres(Server):
    """A PostgreSQL that trusts whoever comes from this machine."""

    account = "postgres"

    def create(self) -> None:
        """Write an empty cluster."""
        data = str(self.folder / "data")
        self.run(
            program("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"
        )

    def command(self) -> list[str]:
        """Return the server, without what makes a crash harmless: nobody will miss its rows."""
        options = {
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "max_connections": "100",
            "jit": "off",
        }
        flags = [each for name, value in options.items() for each in ("-c", f"{name}={value}")]
        return [program("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port), *flags]

    def prepare(self) -> None:
        """Make the user and the database."""
        import psycopg2

        admin = psycopg2.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="postgres")
        admin.autocommit = True
        try:
            cursor = admin.cursor()
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (USER,))
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE ROLE {USER} LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
                cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {USER}")
        finally:
            admin.close()

    def connect(self) -> Any:
        """Return a connection of psycopg2."""
        import psycopg2

        return psycopg2.connect(host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname=DATABASE)

    def connect_3(self) -> Any:
        """Return a connection of psycopg 3."""
        import psycopg

        return psycopg.connect(host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname=DATABASE)

    @property
    def uri(self) -> str:
        """Its address as an Airflow connection."""
        return f"postgres://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def sqlalchemy(self) -> str:
        """Its address as SQLAlchemy wants it."""
        return self.uri.replace("postgres://", "postgresql+psycopg2://")


class MariaDB(Server):
    """A MariaDB with one user and one database."""

    account = "mysql"

    def create(self) -> None:
        """Write the system tables."""
        self.run(
            program("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--skip-name-resolve",
        )

    def command(self) -> list[str]:
        """Return the server."""
        return [
            program("mariadbd"),
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            f"--socket={self.folder / 'socket'}",
            f"--pid-file={self.folder / 'pid'}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--innodb-buffer-pool-size=64M",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-doublewrite=0",
            "--character-set-server=utf8mb4",
        ]

    def prepare(self) -> None:
        """Make the user and the database."""
        import pymysql

        listening = self.folder / "socket"
        if not listening.exists():  # asked too early, the driver leaves its own socket open
            raise FileNotFoundError(listening)
        admin = pymysql.connect(unix_socket=str(listening), user="root")
        try:
            cursor = admin.cursor()
            cursor.execute(f"SHOW DATABASES LIKE '{DATABASE}'")
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE}")
                cursor.execute(f"CREATE USER {USER}@'%' IDENTIFIED BY '{PASSWORD}'")
                cursor.execute(f"GRANT ALL ON *.* TO {USER}@'%'")
        finally:
            admin.close()

    def connect(self) -> Any:
        """Return a connection of PyMySQL."""
        import pymysql

        return pymysql.connect(host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, database=DATABASE)

    def connect_connector(self) -> Any:
        """Return a connection of MySQL's own driver."""
        import mysql.connector

        return mysql.connector.connect(
            host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, database=DATABASE
        )

    @property
    def uri(self) -> str:
        """Its address as an Airflow connection."""
        extra = "?client=mysql-connector-python"
        return f"mysql://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/{DATABASE}{extra}"


def program(name: str) -> str:
    """Return the path of a server's program."""
    for place in PLACES:
        found = sorted(Path("/").glob(f"{place}/{name}".lstrip("/")), reverse=True)
        if found:
            return str(found[0])
    found_by_path = shutil.which(name)
    if found_by_path is None:
        msg = f"{name} is not installed; scripts/servers.sh installs it"
        raise RuntimeError(msg)
    return found_by_path


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
