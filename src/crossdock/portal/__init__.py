"""The pages that people see. They call the hub, routing and the flows, and never a connector.

    urls             joins the addresses of the areas (key_converter: ids in them); navigation leads to them
    views/AREA/      one folder for each area: urls, pages (what is shown), actions (what is done), and their helpers
    access, roles    who may see or do what: every view begins with `organization_view`
    actions          doing one thing and coming back with a sentence; meanwhile: two people, one form
    forms, filter_rows, saved_views    parts that pages share
    words/           how the portal says what the hub knows
    identity/        logging in: passwords, second factors, single sign-on, sessions
    templates/portal/AREA/, static/portal/    what browsers get

A form that is sent, e.g. *Hold* on an order: `views/orders/urls.py` leads to `hold` in `views/orders/actions.py`, by
way of `access.organization_view` and `actions.act_on`. It calls `hold_order` in `hub/orders/release.py`; the answer is
a redirect to the page of that order (`views/orders/one.py`) with a sentence.
"""
