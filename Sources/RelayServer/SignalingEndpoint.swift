// Where WebSocket messages become requests.
import Logging
import Relay
import Signaling
import Transport

/// Checks handshakes, decodes messages and hands them to the session registry; all on the event loop.
actor SignalingEndpoint: WebSocketHandler {
  /// The sub-protocol of docs/protocol.md.
  static let subprotocol = "avatar-relay.v1"
  /// What a sub-protocol begins with that brings a token. It is offered and never selected, so that the token does not
  /// come back in the response.
  static let tokenPrefix = "avatar-relay.token."
  /// How many malformed messages a connection may send before it is closed with 4500.
  static let toleratedErrors = 100

  private let loop: EventLoop
  private let registry: SessionRegistry
  private let origins: OriginPolicy
  private let logger: Logger
  private var errors: [UInt64: Int] = [:]

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(loop: EventLoop, registry: SessionRegistry, origins: OriginPolicy, logger: Logger) {
    self.loop = loop
    self.registry = registry
    self.origins = origins
    self.logger = logger
  }

  nonisolated func upgrade(_ request: HTTPRequest, offering subprotocols: [String]) -> WebSocketUpgrade {
    guard origins.allows(request.headers["Origin"]) else {
      return .refuse(.text(403, "this origin may not connect; see web.allowed-origins"))
    }
    guard subprotocols.contains(Self.subprotocol) else {
      return .refuse(.text(400, "offer the sub-protocol \(Self.subprotocol)"))
    }
    return .accept(subprotocol: Self.subprotocol)
  }

  nonisolated func opened(_ connection: WebSocketConnection, _ request: HTTPRequest) {
    let offered = request.headers.members(of: "Sec-WebSocket-Protocol")
    let token = offered.first { $0.hasPrefix(Self.tokenPrefix) }
      .map { JoinToken(value: String($0.dropFirst(Self.tokenPrefix.count))) }
    let origin = request.headers["Origin"]
    registry.assumeIsolated { $0.opened(BrowserConnection(connection), origin: origin, token: token) }
  }

  nonisolated func received(_ text: [UInt8], on connection: WebSocketConnection) {
    switch SignalingCodec.decode(text) {
    case .request(let request):
      registry.assumeIsolated { $0.received(request, on: ConnectionID(connection.id)) }
    case .refused(let id, let error):
      connection.send(SignalingCodec.encode(.error(id, error)))
      assumeIsolated { $0.countError(on: connection) }
    }
  }

  nonisolated func closed(_ connection: WebSocketConnection, code: UInt16) {
    let end: ConnectionEnd = code == CloseCode.normal.rawValue ? .done : .lost
    registry.assumeIsolated { $0.closed(ConnectionID(connection.id), end) }
    assumeIsolated { $0.forget(connection, code: code) }
  }

  private func countError(on connection: WebSocketConnection) {
    errors[connection.id, default: 0] += 1
    guard errors[connection.id] == Self.toleratedErrors else { return }
    connection.close(code: CloseCode.tooManyErrors.rawValue, reason: "too many malformed messages")
  }

  private func forget(_ connection: WebSocketConnection, code: UInt16) {
    errors[connection.id] = nil
    logger.debug("connection closed", metadata: ["connection": "\(connection.id)", "code": "\(code)"])
  }
}
