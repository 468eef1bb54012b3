"""A Report in; out comes a screen, a page or a file, alone or held against an earlier one."""
