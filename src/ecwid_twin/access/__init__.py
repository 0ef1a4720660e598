"""Who may call: tokens, scopes, the OAuth pages and the call limits."""
