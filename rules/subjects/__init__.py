"""The register of subjects: who may change it, how a subject is found and told from another (domain §2)."""
