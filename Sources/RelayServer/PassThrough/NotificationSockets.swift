// Relays D-ID's notifications sockets: a page shows its token, the relay opens the vendor's socket with the key, and both end together.
import AvatarProvider
import Basics
import DIDProvider
import Logging
import ProviderHTTP
import Relay
import Signaling
import StrictJSON
import Transport
import Wire

/// The sockets of pages that listen to agents. Lives on the event loop.
///
/// What is said to whom is decided by the id that a page puts behind its key; the vendor is told another one in its place
/// (``ConnectionName``), so that nobody listens to another subject's.
actor NotificationSockets {
  /// Why the relay ends one of them, beside what ends any WebSocket (docs/drop-in.md).
  private enum End {
    case notForPages, tokenOver, tooMany, vendorSlow, vendorRefused, vendorUnreachable

    var code: UInt16 {
      switch self {
      case .notForPages: 1008
      case .vendorRefused: 1011
      case .vendorSlow, .vendorUnreachable: 1013
      case .tokenOver: CloseCode.accessDenied.rawValue
      case .tooMany: CloseCode.tooManyMessages.rawValue
      }
    }

    var reason: String {
      switch self {
      case .notForPages: "only notifications pass here"
      case .vendorRefused: "the vendor refused the relay"
      case .vendorSlow: "the vendor reads too slowly"
      case .vendorUnreachable: "the vendor cannot be reached"
      case .tokenOver: "the token is over"
      case .tooMany: "too many messages"
      }
    }
  }

  private struct Socket {
    let page: WebSocketConnection
    let caller: PassThroughCaller
    var conduct: ConnectionConduct
    /// The vendor's; nil while it is being opened.
    var vendor: (any ProviderSocket)?
    /// What the page said before that.
    var early: [[UInt8]] = []
    /// Waits for the end of the token.
    var alarm: Task<Void, Never>?
  }

  /// Where pages open them.
  static let path = "/did/notifications"
  /// Most sockets at once.
  static let maximumSockets = 1000
  /// Most of them of one caller.
  static let maximumSocketsPerCaller = 16
  /// The largest message of a page in bytes.
  static let maximumMessageBytes = 16 * 1024
  /// Most messages of a page that wait for the vendor's socket.
  static let maximumEarlyMessages = 16
  /// How long a page with too many of them is told to wait; nobody knows when one ends.
  private static let pause = Duration.seconds(10)

  private let notifications: DIDNotifications
  private let loop: EventLoop
  private let gate: PageGate
  private let registry: SessionRegistry
  private let limits: ConnectionLimits
  private let accessGrace: Duration
  private let readyConnections: ReadyConnections
  private let clock: any MonotonicClock
  private let logger: Logger
  private var sockets: [UInt64: Socket] = [:]
  /// Those that are being opened at the vendor, by the name that it is told.
  private var openings: [String: [UInt64: Task<Void, Never>]] = [:]
  /// How many each caller has.
  private var countOf = Tally<Subject>()

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(
    _ notifications: DIDNotifications, loop: EventLoop, gate: PageGate, registry: SessionRegistry,
    limits: ConnectionLimits, accessGrace: Duration, readyConnections: ReadyConnections, clock: any MonotonicClock,
    logger: Logger
  ) {
    self.notifications = notifications
    self.loop = loop
    self.gate = gate
    self.registry = registry
    self.limits = limits
    self.accessGrace = accessGrace
    self.readyConnections = readyConnections
    self.clock = clock
    self.logger = logger
  }

  /// Returns once nothing that is caused now is missed by a socket of that name that is being opened.
  func settled(_ name: String?) async {
    guard let name, let opening = openings[name]?.values else { return }
    for socket in opening { await socket.value }
  }

  /// Whether a WebSocket is one of these.
  nonisolated func has(_ connection: WebSocketConnection) -> Bool { assumeIsolated { $0.sockets[connection.id] != nil } }

  // MARK: Coming

  /// Who wants a socket: a browser can say so in the query alone.
  private nonisolated func caller(_ request: HTTPRequest) throws(SignalingError) -> PassThroughCaller {
    var request = request
    if let shown = PercentEncoding.value(of: "authorization", in: request.query) {
      request.headers["Authorization"] = shown
    }
    return try gate.caller(request).get()
  }

  private func admit(_ request: HTTPRequest) throws(SignalingError) {
    if let refusal = gate.refusal(ofOriginOf: request) { throw refusal }
    let caller = try caller(request)
    guard caller.handed == nil else { throw SignalingError(.accessDenied, "notForThisCall") }
    let admission = registry.assumeIsolated { registry in
      Result { () throws(SignalingError) in
        try registry.admitCall(at: "did", avatar: nil, isBilled: false, permit: caller.permit, caller.subject)
      }
    }
    try admission.get()
    guard sockets.count < Self.maximumSockets, countOf[caller.subject] < Self.maximumSocketsPerCaller else {
      throw SignalingError(
        .requestOverload, "too many notifications sockets", retryAfterMs: Self.pause.milliseconds)
    }
  }

  private func enter(_ page: WebSocketConnection, _ request: HTTPRequest) {
    guard let caller = try? caller(request), let name = caller.connection else { return end(page, .tokenOver) }
    page.setMaximumMessageBytes(Self.maximumMessageBytes)
    let id = page.id
    countOf.add(1, to: caller.subject)
    readyConnections.assumeIsolated { $0.came() }
    sockets[id] = Socket(
      page: page, caller: caller,
      conduct: ConnectionConduct(gate.network(of: request), limits, isStranger: false, at: clock.now))
    openings[name, default: [:]][id] = loop.spawn { await self.openVendors(for: id, name) }
    guard let expiry = caller.permit?.expiry.advanced(by: accessGrace) else { return }
    sockets[id]?.alarm = loop.spawn { [clock] in
      guard (try? await clock.sleep(until: expiry, tolerance: nil)) != nil, !Task.isCancelled else { return }
      await self.tokenEnded(id)
    }
  }

  private func tokenEnded(_ id: UInt64) {
    if let page = sockets[id]?.page { end(page, .tokenOver) }
  }

  private func openVendors(for id: UInt64, _ name: String) async {
    defer { forgetOpening(of: id, name) }
    do throws(ProviderFailure) {
      let vendor = try await notifications.open(for: name, VendorEvents(sockets: self, page: id))
      // The page may have gone meanwhile.
      guard let socket = sockets[id] else { return vendor.end() }
      sockets[id]?.vendor = vendor
      sockets[id]?.early = []
      for text in socket.early { pass(text, to: vendor, from: socket.page) }
    } catch {
      guard let page = sockets[id]?.page else { return }
      logger.notice("D-ID's notifications cannot be had", metadata: ["failure": "\(error.code.rawValue)"])
      end(page, error.code == .unauthorized ? .vendorRefused : .vendorUnreachable)
    }
  }

  @discardableResult
  private func forgetOpening(of id: UInt64, _ name: String) -> Task<Void, Never>? {
    let opening = openings[name]?.removeValue(forKey: id)
    if openings[name]?.isEmpty == true { openings[name] = nil }
    return opening
  }

  // MARK: Messages

  private func take(_ text: [UInt8], from page: WebSocketConnection) {
    guard isRead(page) else { return }
    guard Self.isNotification(text) else { return fail(page, .notForPages) }
    guard let socket = sockets[page.id] else { return }
    if let vendor = socket.vendor { return pass(text, to: vendor, from: page) }
    guard socket.early.count < Self.maximumEarlyMessages else { return fail(page, .tooMany) }
    sockets[page.id]?.early.append(text)
  }

  /// D-ID's hosts have no path: the same socket might take the calls of its streaming API, by which a page would open
  /// sessions that the relay knows nothing of. Those have a `type`; what is told has an `event`.
  private static func isNotification(_ text: [UInt8]) -> Bool {
    guard let message = (try? JSONParser.parse(text))?.object else { return false }
    return message["event"]?.string != nil && message["type"] == nil && message["payload"] == nil
  }

  private func pass(_ text: [UInt8], to vendor: any ProviderSocket, from page: WebSocketConnection) {
    if vendor.send(text) == nil { end(page, .vendorSlow) }
  }

  private func isRead(_ page: WebSocketConnection) -> Bool {
    if case .read = sockets[page.id]?.conduct.message(at: clock.now) { return true }
    // Nothing can be said of one message alone.
    fail(page, .tooMany)
    return false
  }

  // MARK: Going

  private func end(_ page: WebSocketConnection, _ end: End) { page.close(code: end.code, reason: end.reason) }

  private func fail(_ page: WebSocketConnection, _ end: End) { page.fail(code: end.code, reason: end.reason) }

  private func forget(_ page: WebSocketConnection) {
    guard let socket = sockets.removeValue(forKey: page.id) else { return }
    socket.alarm?.cancel()
    if let name = socket.caller.connection { forgetOpening(of: page.id, name)?.cancel() }
    socket.vendor?.end()
    countOf.add(-1, to: socket.caller.subject)
    readyConnections.assumeIsolated { $0.went() }
  }

  /// The vendor's socket has ended: the page is told its code, where that is one that can be sent (RFC 6455 section 7.4).
  private func vendorEnded(_ id: UInt64, code: UInt16) {
    guard let page = sockets[id]?.page else { return }
    switch code {
    case 1000, 1001, 1003, 1007...1014, 3000...4999: page.close(code: code, reason: "")
    case 1005: page.close(code: 1000, reason: "")
    default: page.close(code: 1011, reason: "the vendor's socket ended")
    }
  }

  /// Tells what happens on a vendor's socket.
  private struct VendorEvents: ProviderSocketHandler {
    let sockets: NotificationSockets
    let page: UInt64

    func received(_ text: [UInt8], on socket: UInt64) { sockets.assumeIsolated { $0.sockets[page]?.page.send(text) } }
    func closed(_ socket: UInt64, code: UInt16, written: Int) {
      sockets.assumeIsolated { $0.vendorEnded(page, code: code) }
    }
  }
}

extension NotificationSockets: WebSocketHandler {
  nonisolated func upgrade(_ request: HTTPRequest, offering subprotocols: [String]) -> WebSocketUpgrade {
    let refusal = assumeIsolated { sockets -> SignalingError? in
      do throws(SignalingError) {
        try sockets.admit(request)
        return nil
      } catch { return error }
    }
    guard let refusal else { return .accept(subprotocol: "") }
    return .refuse(PageAccess.readable(DIDDialect().refusal(refusal, of: .other), by: request).unsniffed)
  }

  nonisolated func opened(_ connection: WebSocketConnection, _ request: HTTPRequest) {
    assumeIsolated { $0.enter(connection, request) }
  }

  nonisolated func received(_ text: [UInt8], on connection: WebSocketConnection) {
    assumeIsolated { $0.take(text, from: connection) }
  }

  nonisolated func receivedSmallFrame(on connection: WebSocketConnection) -> Bool {
    assumeIsolated { $0.isRead(connection) }
  }

  nonisolated func closed(_ connection: WebSocketConnection, code: UInt16, by side: WebSocketSide) {
    assumeIsolated { $0.forget(connection) }
  }
}
