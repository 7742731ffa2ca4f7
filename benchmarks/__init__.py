"""How fast `diagnose` is, measured against `wc` and ripgrep on logs whose errors are counted beforehand."""
