"""Where the work runs. A detector that compares rows asks for an `engine` and knows nothing else of it."""
