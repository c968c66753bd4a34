"""The working system: a click is verified, logged, answered; aggregators count windows of event time."""
