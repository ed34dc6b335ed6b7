"""Finds calls, modules, parameters, states and draws, and lays them out as trees."""
