"""Connect the sweep's businesses and give them twenty rules, by the commands of whichever release is on the path.

Run by the sweep in a process of its own, whose input is one JSON object: the tokens by project. Only what every release has is
used: the commands, and the rules of `benchmarks.rule_speed`.
"""

import json
import sys
import tempfile
from pathlib import Path

import yaml

from benchmarks.rule_speed import rules
from clarity_pipeline.cli.main import run


def main() -> None:
    tokens = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "rules.yaml"
        twenty = [each.model_dump(mode="json", exclude_unset=True) for each in rules()]
        book.write_text(yaml.safe_dump({"rules": twenty}), "utf-8")
        failed = run(["rules", "import", str(book)])
        for project_id, token in tokens.items():
            file = Path(folder) / "token"
            file.write_text(token, "utf-8")
            failed += run(["connect", f"shop-{project_id[4:]}", "--project-id", project_id, "--token-file", str(file)])
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
