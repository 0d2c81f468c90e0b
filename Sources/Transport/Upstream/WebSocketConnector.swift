// Opens WebSockets to servers: what a caller asks for, and what it gets or is told instead.
import Basics
import CTransport
import Logging
import Wire

/// Opens WebSockets with libwebsockets' client role, as a guest of the event loop.
///
/// Names are looked up on another thread, and all addresses of a name are tried. A certificate has to be signed by one of the system's
/// authorities or of ``WebSocketConnectorConfiguration/extraCAFile``, and to be made out to the host of the URL. Redirects are not followed,
/// no cookie is kept, nothing is compressed, and there is no proxy. A server's frames may be masked, against RFC 6455 section 5.1: libwebsockets
/// takes them.
public final class WebSocketConnector: @unchecked Sendable {
  let configuration: WebSocketConnectorConfiguration
  let loop: EventLoop
  /// Confined to the loop's thread.
  private let context: WebSocketsContext
  private let host: OutgoingHost

  /// Makes a connector. What it opened is closed with the loop.
  /// - Throws: ``TransportError`` `.certificate` when the extra CA file cannot be read, `.listen`, `.stopped`.
  public static func start(
    _ configuration: WebSocketConnectorConfiguration, on loop: EventLoop, logger: Logger
  ) async throws(TransportError) -> WebSocketConnector {
    let trust = try CurlTrust(extraCAFile: configuration.extraCAFile)
    let result = await loop.perform { () -> Result<WebSocketConnector, TransportError> in
      if loop.isStopping { return .failure(TransportError(.stopped, "the event loop has ended")) }
      return Result { () throws(TransportError) in
        try WebSocketConnector(configuration, trust, loop, try WebSocketsContext.of(loop, logger: logger))
      }
    }
    return try result.get()
  }

  private init(
    _ configuration: WebSocketConnectorConfiguration, _ trust: CurlTrust, _ loop: EventLoop,
    _ context: WebSocketsContext
  ) throws(TransportError) {
    self.configuration = configuration
    self.loop = loop
    self.context = context
    host = try context.outgoingHost(trust, configuration)
  }

  /// Opens a WebSocket. What happens on it from then on is told to the handler; the first message may come before this returns.
  /// - Throws: ``WebSocketOpenFailure``. Nothing but the handshake was sent then.
  public func open(
    _ request: WebSocketRequest, _ handler: any OutgoingWebSocketHandler
  ) async throws(WebSocketOpenFailure) -> OutgoingWebSocket {
    let target = try WebSocketTarget(request)
    let deadline = loop.clock.now.advanced(by: request.timeout)
    guard let addresses = await WebSocketTarget.addresses(of: target.host), !addresses.isEmpty else {
      throw WebSocketOpenFailure(.unresolvedHost, "the name of the host has no address")
    }
    var failure = WebSocketOpenFailure(.unreachable, "no address was tried")
    for address in addresses {
      let connection = OutgoingConnection(
        request, target, address: address, handler: handler, connector: self, context: context)
      let result = await run(connection, until: deadline)
      switch result {
      case .success(let id): return OutgoingWebSocket(id: id, connector: self)
      case .failure(let reason): failure = reason
      }
      guard failure.code == .unreachable else { break }
    }
    throw failure
  }

  private func run(_ connection: OutgoingConnection, until deadline: MonotonicInstant) async
    -> OutgoingConnection.Opened
  {
    let timer = loop.spawn { [loop] in
      // Cancelled when the handshake is over.
      guard (try? await loop.clock.sleep(until: deadline, tolerance: nil)) != nil else { return }
      loop.execute { connection.giveUp(.timeout) }
    }
    defer { timer.cancel() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        loop.execute { [host] in connection.connect(through: host, continuation) }
      }
    } onCancel: {
      loop.execute { connection.giveUp(.cancelled) }
    }
  }

  func connection(_ id: UInt64) -> OutgoingConnection? {
    assert(loop.isCurrent || loop.isStopping, "an OutgoingWebSocket belongs on the event loop")
    return context.outgoing(id)
  }
}

/// Trust and bounds of a ``WebSocketConnector``.
public struct WebSocketConnectorConfiguration: Sendable {
  /// A PEM file with further certificate authorities, beside the system's. Read once, when the connector starts.
  public var extraCAFile: String?
  /// The largest message in bytes that is read; a longer one closes with 1009.
  public var maximumMessageBytes = 1024 * 1024
  /// Most bytes of messages that wait to be sent; what is beyond is not taken.
  public var maximumQueuedBytes = 1024 * 1024
  /// How long a server may be silent before it is pinged, in whole seconds.
  public var pingInterval = Duration.seconds(25)
  /// How long it may be silent after that before the connection is given up, in whole seconds.
  public var pongTimeout = Duration.seconds(10)
  /// How long a server may take to finish a close that we began.
  public var closeTimeout = Duration.seconds(5)

  public init() {}
}

/// A handshake to be made. Its description names scheme, host and path only: queries and header fields hold keys.
public struct WebSocketRequest: Sendable, CustomStringConvertible, CustomReflectable {
  /// Absolute URL, `ws` or `wss`.
  public var url: String
  /// Further header fields, in order.
  public var headers: [(name: String, value: String)]
  /// In order of preference. Where there are some, the server has to select one of them.
  public var subprotocols: [String]
  /// How long everything up to the answer may take, the look-up of the name not included.
  public var timeout: Duration

  public init(
    url: String, headers: [(name: String, value: String)] = [], subprotocols: [String] = [],
    timeout: Duration = .seconds(10)
  ) {
    self.url = url
    self.headers = headers
    self.subprotocols = subprotocols
    self.timeout = timeout
  }

  public var description: String { String(url.prefix { $0 != "?" }) }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why there is no WebSocket. Nothing but a handshake was sent.
public struct WebSocketOpenFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable {
    /// The URL, a header field or a sub-protocol cannot be sent.
    case invalidRequest
    /// The host name did not resolve.
    case unresolvedHost
    /// No connection was made (refused, unreachable).
    case unreachable
    /// The TLS handshake failed: certificate, host name or protocol.
    case tls
    /// The request's timeout passed.
    case timeout
    /// The server answered with another status than 101: ``WebSocketOpenFailure/status``.
    case refused
    /// The server's answer is no handshake that can be accepted, or the connection ended before it came.
    case badHandshake
    /// The caller's task was cancelled, or the loop ends.
    case cancelled
  }

  public let code: Code
  /// The HTTP status of a refusal.
  public let status: Int?
  /// The cause in the library's or the system's words; holds no header.
  public let detail: String

  init(_ code: Code, status: Int? = nil, _ detail: String) {
    self.code = code
    self.status = status
    self.detail = detail
  }

  public var description: String { detail.isEmpty ? code.rawValue : "\(code.rawValue): \(detail)" }
}

/// Receives what happens on WebSockets that were opened. All calls come on the event loop's thread, never overlapping, in the order in
/// which things happened; an actor on the loop's executor takes them with `assumeIsolated`.
public protocol OutgoingWebSocketHandler: Sendable {
  /// A complete text message in valid UTF-8.
  func received(_ text: [UInt8], on socket: OutgoingWebSocket)
  /// Once for each WebSocket that was opened.
  func closed(_ socket: OutgoingWebSocket, _ end: OutgoingWebSocketEnd)
}

/// How a WebSocket ended.
public struct OutgoingWebSocketEnd: Sendable, Hashable {
  /// The server's close code, ours, 1005 where the server gave none, or 1006 where the connection just ended.
  public let code: UInt16
  /// Of the messages that were taken, how many were handed to the connection, at least in part. What came after them was never sent;
  /// of them nobody knows which ones arrived.
  public let written: Int
}

/// A handle of a WebSocket that was opened. Using one whose connection is gone does nothing. All methods must be called on the event loop.
public struct OutgoingWebSocket: Sendable, Hashable {
  /// Unique among all connections of the process's life.
  public let id: UInt64
  let connector: WebSocketConnector

  public static func == (left: Self, right: Self) -> Bool { left.id == right.id }
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }

  /// Queues a text message.
  /// - Returns: its number, counted from 1; nil where it was not taken because the connection ends, or because more than
  ///   ``WebSocketConnectorConfiguration/maximumQueuedBytes`` would wait.
  public func send(_ text: [UInt8]) -> Int? { connector.connection(id)?.send(text) }

  /// Sends what is queued, then a close frame; the reason is cut to 123 bytes. What is sent afterwards is not taken.
  public func close(code: UInt16 = 1000, reason: String = "") { connector.connection(id)?.close(code, reason) }
}
