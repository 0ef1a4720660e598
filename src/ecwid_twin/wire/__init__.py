"""What travels over HTTP: calls, replies, errors, dates, pages and field selections."""
