// The server side: HTTP/1.1 and WebSocket on one address.
import Logging

/// A listening address. HTTP requests go to the HTTP handler, WebSocket messages to the WebSocket handler.
public final class Listener: @unchecked Sendable {
  /// Starts to listen.
  /// - Throws: ``TransportError`` (`.addressInUse`, `.invalidAddress`, `.listen`, `.certificate`, `.stopped`).
  public static func start(
    _ configuration: ListenerConfiguration, on loop: EventLoop, http: any HTTPHandler,
    webSocket: (any WebSocketHandler)? = nil, logger: Logger
  ) async throws(TransportError) -> Listener {
    fatalError()
  }

  /// The port that the system chose or that was asked for; nil on a unix socket.
  public var port: Int? { fatalError() }

  /// How many connections are open, WebSocket or not.
  public var connectionCount: Int { get async { fatalError() } }

  /// Takes the certificate and key files anew for later handshakes; open connections go on.
  /// - Throws: ``TransportError`` `.certificate` when the pair is not usable; the old one stays.
  public func reloadCertificate() async throws(TransportError) { fatalError() }

  /// Stops to accept, closes every WebSocket with 1001 and every other connection, and returns when all are gone.
  public func stop() async { fatalError() }
}
