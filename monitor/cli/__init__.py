"""One module per command group: arguments in, printing out, nothing else. Imports are late: --help is instant."""
