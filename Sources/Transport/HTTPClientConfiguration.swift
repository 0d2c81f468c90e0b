// What the upstream HTTP client is told.

/// Trust, proxy and bounds of an ``HTTPClient``.
public struct HTTPClientConfiguration: Sendable {
  /// A PEM file with further certificate authorities, beside the system's. Read once, when the client starts.
  public var extraCAFile: String?
  /// `http://host:port` of a proxy; nil for none. The environment is not asked.
  public var proxy: String?
  /// Path of a unix socket to which every request goes, whatever host its URL names; nil for none.
  public var unixSocket: String?
  /// How long name lookup, TCP and TLS handshake may take together.
  public var connectTimeout = Duration.seconds(10)
  /// Most connections kept open, idle ones included.
  public var maximumConnections = 64
  /// Most connections to one host.
  public var maximumConnectionsPerHost = 16
  /// How many of these are for requests of priority `.closing` only.
  public var reservedConnectionsPerHost = 2
  /// How many idle connections are kept ready to a host that does not speak HTTP/2, where one to it is asked for.
  public var readyConnectionsPerHost = 4
  /// Most requests of a priority under way or waiting; above it `.overloaded`.
  public var maximumRequests = 1024
  /// Largest request body in bytes; `.invalidRequest` above it.
  public var maximumRequestBytes = 4 * 1024 * 1024

  public init() {}
}
