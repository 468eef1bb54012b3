"""One command a file, click only: options become one call, its outcome an exit code. Only here is anything printed."""
