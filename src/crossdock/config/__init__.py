"""What the operator set, read from the environment and checked as a whole."""

from crossdock.config.config import Config
from crossdock.config.folders import default_data_dir
from crossdock.config.problems import ConfigError, Problem
from crossdock.config.table import PREFIX, SETTINGS, Setting, settings_table

__all__ = [
    "PREFIX", "SETTINGS", "Config", "ConfigError", "Problem", "Setting", "default_data_dir", "settings_table",
]  # fmt: skip
