"""Synthetic worlds with known contagion: a simulated economy as tables of the contract, and the truth about it.

The worlds are generated, not loaded: nothing in this package reads a user's data. Modules by stage:

    world_plan, economy, economy_firms, trade_links, firm_pools
        size and strengths of a world, its firms, their trade links and guarantees
    external_shocks, simulation_network, weekly_dynamics, simulation
        week by week: what hits firms from outside, how they trade, pay and fail
    default_causes, truth, importance_replicas, truth_tables
        why each default happened, and PDs with and without contagion by re-simulation
    firm_rows, supply_rows, activity_rows, loan_rows, column_builders
        what the tables record of the simulated history
    data_faults, world_files, synthesis
        faults on request, files with fixed bytes, and `synthesize`, which does it all
    world_facts, network_structure
        statistics of a written world, to compare with published ones
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
