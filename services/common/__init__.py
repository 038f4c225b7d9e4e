"""What every service needs to be one: settings, logs, server, channels, errors, metrics, clock."""
