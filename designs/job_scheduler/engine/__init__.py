"""The working job scheduler: acceptor, extractors, ready queue, workers, and those who keep order among them."""
