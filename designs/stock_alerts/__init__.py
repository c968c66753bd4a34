"""Stock price alerts: of a million alerts, find those that one tick of the market crosses, and tell each owner once."""
