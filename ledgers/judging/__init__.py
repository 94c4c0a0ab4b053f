"""From facts to rows to apply, or what keeps them out; asked against plan and register."""
