"""What is said of cases, campaigns and refusals, in Chinese and in English (domain §8)."""
