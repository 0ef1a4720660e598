"""The engine: hints, runs, pulls, pushes, budget, jobs. It knows no connector by name.

A hint, and what it leads to:

    webhooks         a hint comes in: it is checked, leaves a mark, and queues a job
    jobs             what workers run, and the sweep that finds what is due without a hint; sync does so in one process
    runs             one execution of one flow, with its context; obstacles before it, failures in it
    subjects         what exceptions about a flow or an import as a whole are about
    gate             the budget of calls that all processes share; opening and offline: a session with an account

What a run does:

    pull             what changed, was marked or deleted, page by page (paging, foresight); pulled: what becomes of it;
                     beginning: from which moment on, by which clock
    pull_deliveries  what a warehouse left in one piece; delivered: what becomes of it
    push_…           read, plan (stock_plan), claim (attempts), send, read back; handing_over: to warehouses, at once
    importing        history from a date, resumable; observer: whoever watches how far it is

What people do with integrations and flows:

    connecting, consent, integration_state, first_steps    an account is connected, parked, disabled, removed
    switches, starting, rehearsing, preview                a flow is turned on, with a look at what it would do
    health, looking, again, adoption, mapping_table, remapping, order_acts    how flows are doing; acts that need them
    notice_jobs      programs and people are told
"""
