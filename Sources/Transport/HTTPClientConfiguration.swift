// What the upstream HTTP client is told.

/// Trust, proxy and bounds of an ``HTTPClient``.
public struct HTTPClientConfiguration: Sendable {
  /// A PEM file with a further certificate authority, beside the system's.
  public var extraCAFile: String?
  /// `http://host:port` of a proxy; nil for none. The environment is not asked.
  public var proxy: String?
  public var connectTimeout = Duration.seconds(10)
  /// Most connections kept open, idle ones included.
  public var maximumConnections = 64
  /// Most connections to one host.
  public var maximumConnectionsPerHost = 16
  /// Most requests under way or waiting; above it `.overloaded`.
  public var maximumRequests = 1024

  public init() {}
}
