"""Every answer, composed once from the record and the rules: API, `--json` and pages take the same documents."""
