"""How much of the machine the embedded engine takes, what it does beyond that, and what it leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import Unique
from airflow_mlquality.contract import Contract
from airflow_mlquality.engines.container import free_memory, processors
from airflow_mlquality.engines.embedded.connection import Embedded
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.settings import Settings, default_memory_limit
from airflow_mlquality.errors import LostError
from airflow_mlquality.measurements.counts import STAGE

GIB = 1 << 30


def machine(folder: Path, files: dict[str, str]) -> Path:
    """Make a folder in which `proc` and `sys` lie as on a machine."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="ascii")
    return folder


MEMINFO = {"proc/meminfo": f"MemTotal: 64000000 kB\nMemAvailable: {8 * GIB // 1024} kB"}


def test_without_a_container_the_free_memory_of_the_machine_counts(tmp_path: Path) -> None:
    assert free_memory(machine(tmp_path, MEMINFO)) == 8 * GIB


def test_a_container_of_version_2_leaves_its_limit_less_what_is_used_and_not_cache(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        {
            **MEMINFO,
            "proc/self/cgroup": "0::/",
            "sys/fs/cgroup/memory.max": f"{2 * GIB}",
            "sys/fs/cgroup/memory.current": f"{GIB}",
            "sys/fs/cgroup/memory.stat": f"anon 1\ninactive_file {GIB // 2}",
        },
    )

    assert free_memory(root) == 3 * GIB // 2


def test_the_narrowest_of_nested_groups_counts(tmp_path: Path) -> None:
    group = "sys/fs/cgroup/system.slice/airflow.service"
    root = machine(
        tmp_path,
        {
            **MEMINFO,
            "proc/self/cgroup": "0::/system.slice/airflow.service",
            f"{group}/memory.max": "max",
            f"{group}/memory.current": f"{GIB}",
            "sys/fs/cgroup/system.slice/memory.max": f"{4 * GIB}",
            "sys/fs/cgroup/system.slice/memory.current": f"{GIB}",
        },
    )

    assert free_memory(root) == 3 * GIB


def test_a_container_of_version_1_is_known_too(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        {
            **MEMINFO,
            "proc/self/cgroup": "9:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{GIB}",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB // 4}",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
        },
    )

    assert free_memory(root) == 3 * GIB // 4
    assert processors(root) == 1


def test_no_limit_of_version_1_is_none(tmp_path: Path) -> None:
    files = {"proc/self/cgroup": "9:memory:/", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712"}
    root = machine(tmp_path, {**MEMINFO, **files, "sys/fs/cgroup/memory/memory.usage_in_bytes": "1"})

    assert free_memory(root) == 8 * GIB


def test_a_quota_of_processors_is_rounded_up_and_never_more_than_there_are(tmp_path: Path) -> None:
    usable = len(os.sched_getaffinity(0))
    quotas = {"150000 100000": 2, "1000000000 100000": usable, "max 100000": usable, "1000 100000": 1}

    found = {
        quota: processors(machine(tmp_path / str(i), {"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": quota}))
        for i, quota in enumerate(quotas)
    }

    assert found == {quota: min(count, usable) for quota, count in quotas.items()}


def test_a_machine_that_tells_nothing_has_no_free_memory_to_share(tmp_path: Path) -> None:
    assert free_memory(tmp_path) is None
    assert default_memory_limit(None) == "2000MB"


def test_the_default_is_a_share_of_what_is_free_and_at_most_two_gigabytes() -> None:
    assert [default_memory_limit(free) for free in (100 * GIB, GIB, 0)] == ["2000MB", "644MB", "128MB"]


def test_a_division_by_zero_is_null() -> None:
    with Embedded(Settings()) as engine:
        rows = engine.run("SELECT 1 / 0, 1.0::DOUBLE / 0, 0.0::DOUBLE / 0, 1 // 0, 1 % 0, 5.5::DOUBLE % 0")

    assert rows == [(None,) * 6]


# ---- more than fits into memory ----

ROWS = 3_000_000


@pytest.fixture(scope="module")
def many_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Texts that all differ but for one; a table of them does not fit into the memory that the tests allow."""
    path = tmp_path_factory.mktemp("keys") / "keys.parquet"
    step = 500_000
    with pq.ParquetWriter(path, pa.schema({"key": pa.string()})) as writer:
        for start in range(0, ROWS, step):
            keys = [f"{number * 2_654_435_761 % 2**32:032x}" for number in range(start, start + step)]
            keys[0] = "0" * 31 + "0" if start == 0 else keys[0]
            if start == step:
                keys[1] = keys[2]
            writer.write_table(pa.table({"key": keys}))
    return path


def test_keys_that_do_not_fit_into_memory_spill_to_disk_and_are_counted(many_keys: Path, tmp_path: Path) -> None:
    settings = Settings(memory_limit="130MB", threads=2, spill=str(tmp_path))
    seen: set[str] = set()

    with Embedded(settings, on_progress=lambda _: seen.update(spill_files(tmp_path))) as engine:
        table = engine.open(STAGE, many_keys, Reading())
        rows = engine.measure(f'SELECT COUNT(*), COUNT(DISTINCT "key") FROM {table.relation}')  # noqa: S608  a view of our own
        seen |= spill_files(tmp_path)

    assert rows == [(ROWS, ROWS - 1)]
    assert seen
    assert list(tmp_path.iterdir()) == []


def spill_files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("spill/*")}


def test_a_gate_on_keys_that_do_not_fit_finds_the_one_that_repeats(many_keys: Path, tmp_path: Path) -> None:
    settings = Settings(memory_limit="130MB", threads=2, spill=str(tmp_path))

    report = audit(Contract(name="keys", checks=[Unique(column="key")]), many_keys, settings=settings)

    (verdict,) = [verdict for verdict in report.verdicts if verdict.id == "key.unique"]
    assert verdict.evidence == {"violating": 1, "judged": ROWS, "incomplete": 0}
    assert len(verdict.examples) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_full_spill_disk_is_an_error_that_says_what_to_do(many_keys: Path, tmp_path: Path) -> None:
    settings = Settings(memory_limit="130MB", threads=2, spill=str(tmp_path))
    with Embedded(settings) as engine:
        engine.run("SET max_temp_directory_size = '5MB'")
        table = engine.open(STAGE, many_keys, Reading())
        with pytest.raises(LostError) as lost:
            engine.measure(f'SELECT COUNT(DISTINCT "key") FROM {table.relation}')  # noqa: S608  a view of our own

    assert str(lost.value).startswith(f"no room left in {engine.scratch}")
    assert list(tmp_path.iterdir()) == []


# ---- an end before the end ----

LONG = """
import signal, sys
from airflow_mlquality.engines.embedded.connection import Embedded
from airflow_mlquality.engines.settings import Settings

def stop(number, frame):
    raise SystemExit(143)

signal.signal(signal.SIGTERM, stop)
with Embedded(Settings(memory_limit="300MB", spill=sys.argv[1])) as engine:
    print("running", flush=True)
    engine.run("SELECT COUNT(*) FROM range(100000000000) a WHERE hash(range) = 1")
"""


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143)], ids=["interrupt", "term"]
)
def test_a_signal_ends_a_long_query_and_leaves_nothing(tmp_path: Path, sent: int, code: int) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(LONG), str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert program.stdout is not None
        assert program.stdout.readline() == "running\n"
        time.sleep(1)
        assert len(list(tmp_path.iterdir())) == 1

        program.send_signal(sent)
        program.communicate(timeout=20)
    finally:
        program.kill()

    assert program.returncode == code
    assert list(tmp_path.iterdir()) == []
