"""What strangers and kills left in a folder goes in; out comes what may be opened, written or trusted."""
