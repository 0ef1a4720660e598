"""From orders to shipping requests: what may ship, from where, and why.

    advance          one pass of a worker over an organization's orders: first the rules, then the router
    rules/           which orders go on, wait, need a person or are cancelled, by the first rule that matches
    router           takes the orders that are let through, and writes down what was decided about each
      cases          all that is to be known of them, read at once
      batch          decides on one after the other, under the locks of the stock they ask for (shelves)
      one_order      what is decided about one (decision); where there are routing cards, by cards and allocation. Pure
    card_book        keeps the routing cards
    trying           what would be decided now
    facts, filters, regions    how rules and cards ask about an order

What is routed becomes a shipping request in `hub/shipping/drafting.py`.
"""
