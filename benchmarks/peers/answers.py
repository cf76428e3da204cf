"""Compare answers: the same numbers of the same small tables, from mlquality and from peers, side by side.

    python benchmarks/peers/answers.py

Each peer answers in an environment of its own. Where a definition is another one the table says how, and, where our
counts suffice for it, what they give by the other definition. It ends with exit code 1 where two that mean the same
say different things, or where our counts by their definition do not give what they say.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))

from answers_asked import tables  # noqa: E402
from answers_ours import Question, ours  # noqa: E402
from environments import QUIET, MissingEnvironmentError, python_of  # noqa: E402

PEERS = ("statistics", "pandera", "great_expectations", "evidently", "nannyml", "cleanlab")
"""Who is asked, in this order."""


def of_peer(peer: str, asked: Path) -> dict[str, float]:
    """Return what a peer says, by question."""
    program = (python_of(peer), str(HERE / f"answers_{peer}.py"), str(asked))
    quiet = {**os.environ, **QUIET}
    said = subprocess.run(program, check=True, capture_output=True, text=True, cwd=HERE, env=quiet)
    answers: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
    return answers


def verdict(question: Question, said: float) -> tuple[str, bool]:
    """Return what to say of an answer, and whether it is wrong."""
    if abs(said - question.ours) <= min(question.within, 1e-9):
        return "yes", False
    if not question.differs:
        return "NO", True
    if question.as_theirs is None:
        return question.differs, False
    same = abs(said - question.as_theirs) <= question.within
    shown = f"{question.as_theirs:.6g}"
    return f"{question.differs}; our counts by theirs: {shown}{'' if same else ', NOT THE SAME'}", not same


def main() -> int:
    """Ask everyone, and print the table."""
    asked = tables()
    mine = ours(asked)
    wrong = 0
    print("| question | mlquality | peer | says | same |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.json"
        path.write_text(json.dumps(asked), encoding="utf-8")
        for peer in PEERS:
            try:
                answers = of_peer(peer, path)
            except (MissingEnvironmentError, subprocess.CalledProcessError) as error:
                print(f"{peer} did not answer: {error}\n{getattr(error, 'stderr', '')}", file=sys.stderr)
                wrong += 1
                continue
            for question, said in answers.items():
                name, _, title = question.partition(" | ")
                known = mine[question if question in mine else name]
                same, is_wrong = verdict(known, said)
                wrong += is_wrong
                print(f"| {name} | {known.ours:.6g} | {title or peer} | {said:.6g} | {same} |")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
