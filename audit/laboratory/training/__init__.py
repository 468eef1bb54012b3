"""One model trained and asked, in a process of its own: the only room that imports torch."""
