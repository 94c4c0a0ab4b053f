"""The ledger centre: ledgers are sent, checked, decided about, applied, followed and taken back."""
