"""What pages and API share: who asks, under which name, how much, and how troubles are told. Knows neither of them."""
