// Relay.
