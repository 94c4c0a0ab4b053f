"""Ledgers that go out: the template, the export, the sender's workbook with notes."""
