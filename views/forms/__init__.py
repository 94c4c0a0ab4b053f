"""The forms of commands, made from their models: what may be done, its fields, and the command that they make."""
