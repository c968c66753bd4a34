"""Ad click aggregator: log every click on an ad, answer it with a redirect, and count it exactly once per window."""
