"""From the engine to the screen: frames out, intents in."""
