"""On what was measured, and who else was busy there."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def describe() -> dict:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "date": datetime.now(UTC).date().isoformat(),
    }


def _processor() -> str:
    """The model as the system names it, with the family and model numbers that tell nameless ones apart."""
    lines = (line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if ":" in line)
    facts = {}
    for name, value in lines:
        facts.setdefault(name.strip(), value.strip())
    numbers = f"family {facts.get('cpu family', '?')}, model {facts.get('model', '?')}"
    return f"{facts.get('model name', platform.processor())} ({numbers})"


def busy() -> float:
    """Seconds that all cores together have worked, or been kept from working by other virtual machines."""
    user, nice, system, _idle, _waiting, irq, softirq, stolen = (
        int(ticks) for ticks in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    )
    return (user + nice + system + irq + softirq + stolen) / os.sysconf("SC_CLK_TCK")
