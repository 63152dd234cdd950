"""Networks: their data, and the hooks from which the one interface follows."""
