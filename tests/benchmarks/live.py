"""What the console costs while it is open: CPU of one core, bytes to the terminal, the time from a key to its paint.

    python tests/benchmarks/live.py [SECONDS]

Limits: paused under 1 % of a core; 200 instances at 1x under 5 % and 20 KB/s; key to paint under 50 ms (95th
percentile) with 1,000 instances at 60x. Each in a terminal of its own (a pty, 160x48).
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

INSTANCES_PER_CLUSTER = 5
TICKS = os.sysconf("SC_CLK_TCK")
KEYS = 40


def fleet_of(instances: int) -> str:
    """A fleet file with so many instances, five to a cluster, and an app for every tenth cluster."""
    lines = ['name = "Many"', "[regions]", "us-east-1 = {}", "eu-west-1 = {}"]
    for number in range(instances // INSTANCES_PER_CLUSTER):
        region = ("us-east-1", "eu-west-1")[number % 2]
        members = ", ".join(
            f'{{ id = "db{number:03}-{i}", zone = "{"abc"[i % 3]}", class = "db.r6g.large" }}'
            for i in range(INSTANCES_PER_CLUSTER)
        )
        lines += [
            f"[aurora.db{number:03}]",
            'engine = "aurora-mysql"',
            f'region = "{region}"',
            f"instances = [{members}]",
        ]
        if number % 10 == 0:
            lines += [f"[apps.app{number:03}]", f'homes = ["{region}"]', f'writes_to = "db{number:03}"']
            lines += [f'reads_from = ["db{number:03}"]', 'writes = "100/s"', 'reads = "900/s"']
    return "\n".join(lines)


class Console:
    """The console in a pty."""

    def __init__(self, *arguments: str) -> None:
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            kept = {name: value for name, value in os.environ.items() if name not in ("LINES", "COLUMNS")}
            kept |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execve(sys.executable, [sys.executable, "-m", "opsconsole", *arguments, "--no-journal", "--fresh"], kept)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 48, 160, 0, 0))

    def read(self, seconds: float) -> bytes:
        """What it writes, for so long at most."""
        if not select.select([self.terminal], [], [], max(0.0, seconds))[0]:
            return b""
        return os.read(self.terminal, 1 << 20)

    def drain(self, seconds: float) -> int:
        """Bytes that it writes in so many seconds."""
        until, count = time.perf_counter() + seconds, 0
        while (left := until - time.perf_counter()) > 0:
            count += len(self.read(left))
        return count

    def wait_for(self, text: bytes, seconds: float = 60.0) -> None:
        """Until it has written a text."""
        got, until = b"", time.perf_counter() + seconds
        while text not in got:
            got += self.read(0.1)
            if time.perf_counter() > until:
                raise TimeoutError(f"{text!r} never came: {got[-300:]!r}")

    def cpu_s(self) -> float:
        """CPU seconds used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def load(self, seconds: float) -> tuple[float, float]:
        """Percent of a core, and KB/s to the terminal."""
        before, began = self.cpu_s(), time.perf_counter()
        written = self.drain(seconds)
        took = time.perf_counter() - began
        return 100 * (self.cpu_s() - before) / took, written / took / 1000

    def key_to_paint(self, key: bytes) -> float:
        """Milliseconds from a key to the next thing that is painted."""
        self.drain(0.05)
        began = time.perf_counter()
        os.write(self.terminal, key)
        while not self.read(5):
            pass
        return (time.perf_counter() - began) * 1000

    def close(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def main(seconds: float) -> None:
    """Measure each case and print it."""
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for instances in (200, 1000):
            files[instances] = Path(folder) / f"many{instances}.toml"
            files[instances].write_text(fleet_of(instances), encoding="utf-8")
        for name, arguments, keys in (
            ("global_aurora, paused", ("global_aurora",), b" "),
            ("global_aurora, 1x", ("global_aurora",), b""),
            ("global_aurora, 60x", ("global_aurora", "--speed", "60"), b""),
            ("200 instances, 1x", (str(files[200]),), b""),
            ("1,000 instances, paused", (str(files[1000]),), b" "),
            ("1,000 instances, 60x", (str(files[1000]), "--speed", "60"), b""),
        ):
            console = Console(*arguments)
            console.wait_for(b"Topology")
            if keys:
                os.write(console.terminal, keys)
            console.drain(3)
            cpu, kilobytes = console.load(seconds)
            delays = sorted(console.key_to_paint((b"\x1b[B", b"\x1b[A")[n % 2]) for n in range(KEYS))
            print(
                f"{name:26} {cpu:5.1f} % CPU  {kilobytes:6.1f} KB/s  key to paint {statistics.median(delays):5.0f} ms, "
                f"p95 {delays[int(KEYS * 0.95)]:5.0f} ms"
            )
            console.close()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
