"""From rows and settings to trained models and their judged answers: what retrain and experiment have in common."""
