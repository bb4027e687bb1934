"""Write loaders/gates/rules.schema.json again: python -m tests.support.rules_schema"""

from loaders.gates.rules import SCHEMA_FILE, rules_schema

if __name__ == "__main__":
    SCHEMA_FILE.write_text(rules_schema(), encoding="utf-8")
