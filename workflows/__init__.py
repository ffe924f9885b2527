"""The stories of the product, as verbs. Workflows alone open transactions; they know neither HTTP nor HTML."""
