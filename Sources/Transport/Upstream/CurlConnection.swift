// Follows libcurl's connections and watches their sockets on the event loop.
import CTransport
import Glibc

/// One connection that libcurl makes or keeps. Confined to the loop's thread.
///
/// libcurl decides which connection a request is handed to, and it decides before the request is written; what it does
/// not know by then is judged here.
final class CurlConnection {
  /// By which libcurl names a connection to a callback: its local port, and where it leads.
  struct Ends: Hashable {
    let localPort: Int
    let peerHost: String
    let peerPort: Int
  }

  private enum State {
    /// Its handshakes are not complete. Only the transfer that it is made for is told when they are.
    case beingMade
    case ready
    /// A call got no answer on it in its whole time, and nobody else heard anything either.
    case silent
  }

  enum Verdict {
    case fit
    /// Its handshakes are complete, and this is the first request.
    case fitAsMade
    /// Another transfer makes it. libcurl 7.88.1 hands requests to such a connection where its server is known to speak
    /// HTTP/2, and would write them through those layers that stand already: without TLS, if need be.
    case notReady
    /// The other side has closed it, or it is silent.
    case ended
  }

  let descriptor: Int32
  /// To which origin it was made.
  let origin: String
  private var state = State.beingMade
  private weak var maker: CurlTransfer?
  private(set) var ends: Ends?
  /// The last stream that the server may have processed, as a GOAWAY frame said (RFC 9113 section 6.8).
  private(set) var lastStream: UInt32?
  /// When something of a response was last heard on it, on the loop's clock.
  private(set) var lastHeard = Duration.zero

  init(_ descriptor: Int32, madeFor maker: CurlTransfer) {
    self.descriptor = descriptor
    self.maker = maker
    origin = maker.origin
  }

  /// When it was last used, the handshakes included, on the loop's clock.
  private(set) var lastUse = EventLoop.uptime

  func used() { lastUse = EventLoop.uptime }
  func heard() {
    lastHeard = EventLoop.uptime
    lastUse = lastHeard
  }

  /// Whether it was handed to a call when its handshakes were complete. libcurl 7.88.1 says of such a connection when it
  /// closes its socket, and of one that it gives up while it is being made it does not.
  var wasMade: Bool { if case .beingMade = state { false } else { true } }
  /// Whether new calls may be written to it, unless the other side has just closed it.
  var isReady: Bool { if case .ready = state { lastStream == nil } else { false } }
  var isUsable: Bool { isReady && !hasEnded }

  /// Ends it for the other side; its socket stays libcurl's.
  func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Lets nobody write to it from now on.
  func callSilent() { state = .silent }

  /// A server may lower the number with another frame, and never raises it.
  func goAway(after stream: UInt32) { lastStream = min(lastStream ?? stream, stream) }

  /// Whether a transfer may write its request now. What was written to it before is another matter.
  func judge(for transfer: CurlTransfer) -> Verdict {
    switch state {
    case .ready: return hasEnded ? .ended : .fit
    case .silent: return .ended
    case .beingMade:
      // Whoever makes it may have given up in the middle.
      guard let maker, !maker.isOver else { return .ended }
      guard maker === transfer else { return .notReady }
      state = .ready
      return hasEnded ? .ended : .fitAsMade
    }
  }

  /// Whether the other side's FIN or RST is here. libcurl looks for the next byte only, which over TLS can be the
  /// farewell of a server that has closed (`close_notify`), and takes that for a sign of life.
  private var hasEnded: Bool {
    var look = pollfd(fd: descriptor, events: shim_poll_peer_closed, revents: 0)
    guard poll(&look, 1, 0) > 0 else { return false }
    return look.revents & (shim_poll_peer_closed | Int16(POLLHUP | POLLERR | POLLNVAL)) != 0
  }

  /// Asks the system for the ends; there are none while it is not connected, and never on a unix socket.
  func learnEnds() {
    let peer = SocketAddress.peer(of: descriptor)
    guard let localPort = SocketAddress.local(of: descriptor).port, localPort != 0, let peerPort = peer.port else { return }
    ends = Ends(localPort: localPort, peerHost: peer.host, peerPort: peerPort)
  }
}

/// The connections of one multi handle.
final class CurlConnections {
  private var byDescriptor: [Int32: CurlConnection] = [:]
  private var byEnds: [CurlConnection.Ends: CurlConnection] = [:]

  /// How many connections to an origin can be shared by further calls.
  func sharable(_ origin: String) -> Int { byDescriptor.values.count { $0.origin == origin && $0.isReady } }

  /// How many connections to an origin can be used and were used since a moment.
  func usable(_ origin: String, since moment: Duration) -> Int {
    byDescriptor.values.count { $0.origin == origin && $0.lastUse > moment && $0.isUsable }
  }

  func close(unusedSince moment: Duration, except isInUse: (CurlConnection) -> Bool) {
    for connection in byDescriptor.values where connection.lastUse <= moment && connection.isUsable {
      if !isInUse(connection) { connection.end() }
    }
  }

  /// A socket was made for a transfer and is not connected yet.
  func made(_ descriptor: Int32, for transfer: CurlTransfer) {
    closed(descriptor)
    byDescriptor[descriptor] = CurlConnection(descriptor, madeFor: transfer)
  }

  subscript(descriptor: Int32) -> CurlConnection? { byDescriptor[descriptor] }

  func closed(_ descriptor: Int32) {
    guard let connection = byDescriptor.removeValue(forKey: descriptor), let ends = connection.ends else { return }
    if byEnds[ends] === connection { byEnds[ends] = nil }
  }

  func connection(_ ends: CurlConnection.Ends) -> CurlConnection? {
    if let known = byEnds[ends] { return known }
    for connection in byDescriptor.values where connection.ends == nil {
      connection.learnEnds()
      if let ends = connection.ends { byEnds[ends] = connection }
    }
    return byEnds[ends]
  }
}

/// How the system watches a connection, so that one whose other side is gone without a word ends by itself.
enum CurlSocketOptions {
  /// After how long without a segment from the other side it is asked for one, in seconds.
  private static let silence = 4
  /// How long after that it is asked again, in seconds, and how often in all.
  private static let pause = 2
  private static let questions = 3
  /// How long what was written may stay unconfirmed by the other side's system, in milliseconds (RFC 5482).
  private static let patience = 10_000

  static func apply(to descriptor: Int32) {
    set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
    let tcp = Int32(IPPROTO_TCP)
    set(descriptor, tcp, TCP_KEEPIDLE, silence)
    set(descriptor, tcp, TCP_KEEPINTVL, pause)
    set(descriptor, tcp, TCP_KEEPCNT, questions)
    set(descriptor, tcp, TCP_USER_TIMEOUT, patience)
  }

  /// A unix socket refuses them, and needs none of them.
  private static func set(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int) {
    var value = Int32(value)
    setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
  }
}

/// Watches a descriptor that libcurl owns; confined to the loop's thread.
final class CurlSocket {
  private let handle: UnsafeMutablePointer<uv_poll_t>
  /// What libcurl wants to be told of; 0 for nothing.
  private var wanted: Int32 = 0
  /// What the system watches for.
  private var watched: Int32 = 0

  /// - Returns: nil when libuv refuses the descriptor: something else has closed it or still watches its number. The
  ///   transfer then ends by its deadline.
  init?(_ descriptor: curl_socket_t, on loop: UnsafeMutablePointer<uv_loop_t>, for multi: CurlMulti) {
    handle = .allocate(capacity: 1)
    let status = uv_poll_init(loop, handle, descriptor)
    guard status == 0 else {
      handle.deallocate()
      assertionFailure("descriptor \(descriptor) of libcurl cannot be watched: \(status)")
      return nil
    }
    handle.pointee.data = CallbackBridge.pointer(to: multi)
  }

  func watch(interest: Int32) {
    wanted = 0
    if interest & CURL_POLL_IN != 0 { wanted |= Int32(UV_READABLE.rawValue) }
    if interest & CURL_POLL_OUT != 0 { wanted |= Int32(UV_WRITABLE.rawValue) }
    if wanted != watched { arm() }
  }

  /// libcurl wants nothing for now. The system is told only when something happens: with a call after the other it need
  /// not be told at all.
  func rest() {
    wanted = 0
    if watched != Int32(UV_READABLE.rawValue) { arm() }
  }

  /// Ends the watch until libcurl wants something, where it wants nothing now.
  /// - Returns: whether it wants to be told of what happened.
  func isToBeTold() -> Bool {
    if wanted == 0 { arm() }
    return wanted != 0
  }

  /// Watches again for the same events: libuv stops a handle by itself when it meets an error.
  func rearmIfStopped() {
    let isActive = uv_is_active(handle.asHandle) != 0
    if !isActive { arm() }
  }

  /// Stops to watch; libcurl may close the descriptor right afterwards.
  func close() {
    uv_close(handle.asHandle, CallbackBridge.freePollHandle)
  }

  private func arm() {
    watched = wanted
    // For no events it stops.
    uv_poll_start(handle, wanted, CallbackBridge.curlSocketReady)
  }
}
