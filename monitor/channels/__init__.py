"""Edge out: one file per kind; each sends once or raises DeliveryError. Imports core and errors only."""
