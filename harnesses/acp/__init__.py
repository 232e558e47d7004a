"""Agents that speak the Agent Client Protocol, each in a plain pane of ours."""
