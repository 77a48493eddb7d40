"""Worlds with known contagion: a simulated economy as tables of the contract, and what really happened in it.

They are made, not loaded: nothing here reads what a user brings.

    plan, economy, links, pools     the firms, their links and what they are good for
    shocks, dynamics, simulation    weeks: what hits firms, how they trade, pay and fail
    causes, truth, truth_tables     why each default happened, and what could have, by running it again
    trades, activity, loans, ...    what of it is seen in the tables; dirt: what is wrong in them on request
    facts                           a world against what is known of firm networks
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
