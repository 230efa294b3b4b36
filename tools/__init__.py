"""What makes files of the package from public data; run by make, never by the program, and not part of the wheel.

May import monitor.core; nothing imports it but the tests.
"""
