"""French first, English for who asks: the catalogue is whole, and no page mixes the two."""
