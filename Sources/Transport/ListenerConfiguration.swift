// What a listener is told: where to listen and which bounds hold.

/// Addresses, TLS and every bound of a ``Listener``.
public struct ListenerConfiguration: Sendable {
  /// Where to listen.
  public enum Address: Sendable, Hashable {
    /// A numeric IPv4 or IPv6 address, or `localhost` for both loopbacks on one port. Port 0 lets the system choose.
    case tcp(host: String, port: Int)
    /// A path; a stale socket file is replaced, a live one is `.addressInUse`.
    case unix(path: String)
  }

  /// PEM files.
  public struct TLS: Sendable, Hashable {
    public var certificateFile: String
    public var keyFile: String
    public init(certificateFile: String, keyFile: String) {
      self.certificateFile = certificateFile
      self.keyFile = keyFile
    }
  }

  public var address: Address
  public var tls: TLS?
  /// The permissions of a unix socket's file, from before anybody can connect; nil for what the umask leaves.
  public var unixSocketMode: UInt32?
  /// Path of WebSocket handshakes; any other path gets 404. Nil where there is no WebSocket.
  public var webSocketPath: String?
  /// Largest WebSocket message in bytes; a longer one closes with 1009.
  public var maximumMessageBytes = 256 * 1024
  /// Most bytes that may wait for a slow reader; more closes with ``slowReaderCode``.
  public var maximumQueuedBytes = 1024 * 1024
  /// The close code for a reader that is too slow.
  public var slowReaderCode: UInt16 = 4002
  /// How long a connection may take to complete a request head or a handshake, and then to complete the body.
  public var handshakeTimeout = Duration.seconds(10)
  /// How long a connection may be idle between two requests, and how long a reader of a response may take no byte.
  public var keepAliveTimeout = Duration.seconds(75)
  /// How long a peer may take to finish a close that we began.
  public var closeTimeout = Duration.seconds(5)
  /// Largest request head in bytes (431 above it).
  public var maximumHeaderBytes = 16 * 1024
  /// Largest HTTP request body in bytes (413 above it).
  public var maximumBodyBytes = 1024 * 1024
  /// Most connections at once.
  public var maximumConnections = 20_000
  /// Most connections at once from one ``PeerNetwork``; not counted on a unix socket.
  public var maximumConnectionsPerAddress = 20_000
  /// How often a WebSocket is pinged.
  public var pingInterval = Duration.seconds(25)
  /// A WebSocket from which nothing comes for this long after a ping is closed with ``pingTimeoutCode``.
  public var pongTimeout = Duration.seconds(10)
  /// The close code for a peer that does not answer pings.
  public var pingTimeoutCode: UInt16 = 4001

  public init(address: Address, tls: TLS? = nil, webSocketPath: String? = nil) {
    self.address = address
    self.tls = tls
    self.webSocketPath = webSocketPath
  }
}
