"""The `speakalka` command: holds an interview through the orchestrator's RPC and shows it."""
