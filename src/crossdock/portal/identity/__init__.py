"""How django-allauth is used here: its adapters, the forms of second factors, sessions, and what is written down."""
