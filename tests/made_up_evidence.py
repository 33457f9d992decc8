"""Evidence whose records are made up and lie in memory, for the tests of findings and figures."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prefrontal.analysis.evidence import Evidence
from prefrontal.disk.records import Records


@dataclasses.dataclass(frozen=True, eq=False)
class MadeUpEvidence(Evidence):
    """`lived`, by condition or reference one `Records` for each seed, all on one distribution."""

    lived: Mapping[str, list[Records]]
    controls: tuple[str, ...] = ()

    @property
    def seeds(self) -> list[int]:
        return list(range(len(next(iter(self.lived.values())))))

    @property
    def preset(self) -> str:
        return "quick"

    @property
    def conditions(self) -> dict[str, dict[str, Any]]:
        return {
            name: {"name": name, "label": name, "distribution": "made-up", "control": name in self.controls}
            for name in self.lived
        }

    def records(self, condition: str, distribution: str | None = None) -> list[Records]:
        return self.lived[condition]

    def kept(self, condition: str, seed: int | None = None) -> Records:
        return self.lived[condition][seed or 0]

    def reference_records(self, label: str, distribution: str) -> Records:
        return self.lived[label][0]


def made_up_evidence(lived: Mapping[str, list[Records]], controls: tuple[str, ...] = ()) -> MadeUpEvidence:
    """There is no folder."""
    return MadeUpEvidence(Path("nowhere"), lived, controls)
