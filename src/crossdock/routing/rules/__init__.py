"""The rules of an organization: what becomes of an order before it is routed; the first that matches decides.

    applying    has the rules decide on the orders that wait for it, and writes down what they say
    verdict     what they say about one order. Pure
    actions     what one rule does. Pure
    book        keeps the rules
    trying      what they would have decided about orders of the past

Orders that are let through are routed next (`routing/router.py`).
"""
