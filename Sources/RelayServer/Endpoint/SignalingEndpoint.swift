// Checks handshakes, turns WebSocket messages into requests for the sessions, and writes their messages back.
import Basics
import LogLines
import Logging
import Relay
import Signaling
import Transport
import Wire

/// Checks handshakes, decodes messages and hands them to the session registry; all on the event loop.
actor SignalingEndpoint: WebSocketHandler {
  /// The sub-protocol of docs/protocol.md.
  static let subprotocol = "avatar-relay.v1"
  /// The beginning of a sub-protocol that carries a token. It is offered and never selected, so that the token does not
  /// come back in the response.
  static let tokenPrefix = "avatar-relay.token."
  /// How long a client with too many connections is told to wait; nobody knows when one of them ends.
  static let connectionPause = Duration.seconds(10)

  private let loop: EventLoop
  private let registry: SessionRegistry
  private let origins: OriginPolicy
  private let clientAddress: ClientAddress
  private let limits: ConnectionLimits
  private let maximumMessageBytes: Int
  private let readyConnections: ReadyConnections
  private let clock: any MonotonicClock
  private let logger: Logger
  private var conducts: [UInt64: ConnectionConduct] = [:]
  /// How many connections each network has.
  private var networks = Tally<PeerNetwork>()
  private(set) var refusedHandshakes = 0

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(
    _ configuration: RelayConfiguration, loop: EventLoop, registry: SessionRegistry,
    readyConnections: ReadyConnections, clock: any MonotonicClock, logger: Logger
  ) {
    self.loop = loop
    self.readyConnections = readyConnections
    self.registry = registry
    self.clock = clock
    self.logger = logger
    origins = OriginPolicy(configuration)
    clientAddress = configuration.clientAddress
    limits = configuration.connectionLimits
    maximumMessageBytes = configuration.listener.maximumMessageBytes
  }

  nonisolated func upgrade(_ request: HTTPRequest, offering subprotocols: [String]) -> WebSocketUpgrade {
    guard origins.allows(request) else {
      assumeIsolated { $0.refused(origin: request.headers["Origin"], of: request) }
      return .refuse(.text(403, "this origin may not connect; see web.allowed-origins"))
    }
    guard subprotocols.contains(Self.subprotocol) else {
      return .refuse(.text(400, "offer the sub-protocol \(Self.subprotocol)"))
    }
    guard assumeIsolated({ $0.hasRoom(for: request) }) else {
      var response = HTTPResponse.text(
        429, "too many connections from this address; see limits.connections-per-address")
      response.headers["Retry-After"] = "\(Self.connectionPause.components.seconds)"
      return .refuse(response)
    }
    return .accept(subprotocol: Self.subprotocol)
  }

  nonisolated func opened(_ connection: WebSocketConnection, _ request: HTTPRequest) {
    let offered = request.headers.members(of: "Sec-WebSocket-Protocol")
    let token = offered.first { $0.hasPrefix(Self.tokenPrefix) }
      .map { JoinToken(value: String($0.dropFirst(Self.tokenPrefix.count))) }
    let origin = request.headers["Origin"]
    let network = clientAddress.network(of: request)
    let isStranger = registry.assumeIsolated {
      $0.opened(BrowserConnection(connection), origin: origin, address: network.description, token: token)
      return $0.isStranger(ConnectionID(connection.id))
    }
    assumeIsolated { $0.enter(connection, network, isStranger: isStranger) }
  }

  nonisolated func received(_ text: [UInt8], on connection: WebSocketConnection) {
    let (verdict, isStranger) = assumeIsolated { $0.judge(connection) }
    switch verdict {
    case .read: break
    case .refuse(let wait): return refuse(text, on: connection, for: wait)
    case .close: return endFlood(on: connection)
    }
    switch SignalingCodec.decode(text) {
    case .request(let request):
      registry.assumeIsolated { $0.received(request, on: ConnectionID(connection.id)) }
      if isStranger { assumeIsolated { $0.lookForToken(on: connection) } }
    case .refused(let id, let error):
      connection.send(SignalingCodec.encode(.error(id, error)))
      assumeIsolated { $0.countError(on: connection) }
    }
  }

  nonisolated func receivedSmallFrame(on connection: WebSocketConnection) -> Bool {
    switch assumeIsolated({ $0.judge(connection).verdict }) {
    case .read: return true
    case .refuse: return false
    case .close:
      endFlood(on: connection)
      return false
    }
  }

  private nonisolated func endFlood(on connection: WebSocketConnection) {
    connection.fail(code: CloseCode.tooManyMessages.rawValue, reason: "too many messages")
    registry.assumeIsolated { $0.closed(ConnectionID(connection.id), .vanished) }
  }

  nonisolated func closed(_ connection: WebSocketConnection, code: UInt16, by side: WebSocketSide) {
    let end: ConnectionEnd =
      switch side {
      case .peer: code == CloseCode.normal.rawValue ? .done : .lost
      // Where nobody may come back, nobody has to be waited for.
      case .server: CloseCode(rawValue: code)?.action == .stop ? .vanished : .lost
      }
    registry.assumeIsolated { $0.closed(ConnectionID(connection.id), end) }
    assumeIsolated { $0.forget(connection, code: code) }
  }

  /// Answers a message that is not read.
  private nonisolated func refuse(_ text: [UInt8], on connection: WebSocketConnection, for wait: Duration) {
    let error = ConnectionLimits.exceeded(by: "messages", retryAfter: wait)
    registry.assumeIsolated { $0.refused(error) }
    connection.send(SignalingCodec.encode(.error(SignalingCodec.requestID(ofUnread: text), error)))
  }

  private func hasRoom(for request: HTTPRequest) -> Bool {
    let network = clientAddress.network(of: request)
    // On a unix socket without a proxy's header all clients look the same.
    if network.description == "unix" || networks[network] < limits.connectionsPerAddress { return true }
    refusedHandshakes += 1
    logger.ofStrangers.notice("too many connections from one address", metadata: ["address": "\(network)"])
    return false
  }

  /// The longest part of a refused origin that is logged; whoever sent it wrote what they liked.
  private static let loggedOriginLength = 200

  private func refused(origin: String?, of request: HTTPRequest) {
    refusedHandshakes += 1
    logger.ofStrangers.notice(
      "pages of this origin may not connect; see web.allowed-origins",
      metadata: [
        "origin": "\((origin ?? "several").prefix(Self.loggedOriginLength))",
        "address": "\(clientAddress.network(of: request))",
      ])
  }

  private func enter(_ connection: WebSocketConnection, _ network: PeerNetwork, isStranger: Bool) {
    conducts[connection.id] = ConnectionConduct(network, limits, isStranger: isStranger, at: clock.now)
    networks.add(1, to: network)
    readyConnections.assumeIsolated { $0.came() }
    guard isStranger else { return }
    connection.setMaximumMessageBytes(min(maximumMessageBytes, ConnectionConduct.strangersMessageBytes))
  }

  /// After a request of a stranger: it may have shown a good token.
  private func lookForToken(on connection: WebSocketConnection) {
    guard conducts[connection.id]?.isStranger == true,
      !registry.assumeIsolated({ $0.isStranger(ConnectionID(connection.id)) })
    else { return }
    conducts[connection.id]?.welcome(at: clock.now)
    connection.setMaximumMessageBytes(maximumMessageBytes)
  }

  /// What becomes of a message, and whether nobody knows yet who sent it.
  private func judge(_ connection: WebSocketConnection) -> (verdict: ConnectionConduct.Verdict, isStranger: Bool) {
    guard let place = conducts.index(forKey: connection.id) else { return (.close, false) }
    return (conducts.values[place].message(at: clock.now), conducts.values[place].isStranger)
  }

  private func countError(on connection: WebSocketConnection) {
    guard conducts[connection.id]?.error(at: clock.now) ?? false else { return }
    connection.close(code: CloseCode.tooManyErrors.rawValue, reason: "too many malformed messages")
    registry.assumeIsolated { $0.closed(ConnectionID(connection.id), .vanished) }
  }

  private func forget(_ connection: WebSocketConnection, code: UInt16) {
    if let network = conducts.removeValue(forKey: connection.id)?.network {
      networks.add(-1, to: network)
      readyConnections.assumeIsolated { $0.went() }
    }
    logger.debug("connection closed", metadata: ["connection": "\(connection.id)", "code": "\(code)"])
  }
}

/// Writes the core's messages to a WebSocket.
struct BrowserConnection: SignalingConnection {
  private let webSocket: WebSocketConnection

  init(_ webSocket: WebSocketConnection) { self.webSocket = webSocket }

  var id: ConnectionID { ConnectionID(webSocket.id) }

  var roundTripTime: Duration? { webSocket.roundTripTime }

  func send(_ message: ServerMessage) { webSocket.send(SignalingCodec.encode(message)) }

  func close(_ code: CloseCode, reason: String) { webSocket.close(code: code.rawValue, reason: reason) }
}
