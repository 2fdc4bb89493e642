"""The roof: the application put together, its pages, its commands."""
