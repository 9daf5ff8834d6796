"""Our own YAML files (the model, the lexicon, the heads of queries), read by libyaml where PyYAML has it: ten
times as fast. What users write goes through `yaml.safe_load`, whose errors say more.
"""

from __future__ import annotations

from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_own_yaml(text: str) -> Any:
    """What `yaml.safe_load` gives of the same text."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506  (both are safe loaders)
