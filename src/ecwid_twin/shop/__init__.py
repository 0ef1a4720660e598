"""The shop around orders and products: profile, statuses, storage, categories, customers."""
