// RelayServer.
