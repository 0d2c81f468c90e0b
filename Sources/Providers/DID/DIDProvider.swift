// The DID adapter.
