"""Wiring: one process a queue, settings, logging, versions."""
