"""How fast the hub takes orders in, at what cost, and with how many calls: ``make bench``.

Everything is measured against something of the same run: a bare script that fetches and stores the same
pages, and the least number of calls that could do. Figures of different machines or moments compare badly;
ratios compare well.
"""
