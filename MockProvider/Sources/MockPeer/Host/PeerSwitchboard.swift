// Connects the host's sockets with its peers.
import Logging
import Timekeeping
import Transport

/// The sockets of a host and who gets what arrives on them. Confined to the host's event loop, which is why peers may
/// hold it: nothing else ever calls it.
final class PeerSwitchboard: @unchecked Sendable {
  let loop: EventLoop
  let clock: any MonotonicClock
  let logger: Logger
  private(set) var sockets: [DatagramSocket]
  private var peers: [String: Peer] = [:]
  private var routes: [PeerPath: Peer] = [:]
  var counters = PeerHostCounters()

  init(sockets: [DatagramSocket], loop: EventLoop, clock: any MonotonicClock, logger: Logger) {
    self.sockets = sockets
    self.loop = loop
    self.clock = clock
    self.logger = logger
  }

  var all: [Peer] { Array(peers.values) }
  var peerCount: Int { peers.count }

  /// Counts with those of the sockets.
  var allCounters: PeerHostCounters {
    var counters = counters
    for socket in sockets {
      counters.sentDatagrams += socket.sentCount
      counters.unsentDatagrams += socket.droppedCount
      counters.garbage += socket.oversizedCount
    }
    return counters
  }

  func start() throws(TransportError) {
    for (index, socket) in sockets.enumerated() {
      // The sockets are closed before the switchboard goes.
      try socket.start(on: loop) { [unowned self] datagram, remote in
        receive(datagram, from: PeerPath(socket: index, remote: remote))
      }
    }
  }

  func closeSockets(_ closed: @escaping () -> Void) {
    var open = sockets.count
    if open == 0 { closed() }
    for socket in sockets {
      socket.close {
        open -= 1
        if open == 0 { closed() }
      }
    }
  }

  func add(_ peer: Peer, username: String) -> Bool {
    guard peers[username] == nil else { return false }
    peers[username] = peer
    counters.openedPeers += 1
    return true
  }

  func remove(username: String, paths: Set<PeerPath>) {
    guard peers.removeValue(forKey: username) != nil else { return }
    for path in paths { routes[path] = nil }
    counters.closedPeers += 1
  }

  func route(_ path: PeerPath, to peer: Peer) { routes[path] = peer }

  func send(_ datagram: [UInt8], on path: PeerPath) { sockets[path.socket].send(datagram, to: path.remote) }

  /// Looks at everyone's timers.
  /// - Returns: true when they should be looked at again soon.
  func tick() -> Bool {
    // SCTP's time is one for the whole process, so it is the loop's, not the injected clock's.
    SctpStack.tick(now: loop.clock.now.sinceStart)
    let now = clock.now
    return all.reduce(false) { holds, peer in peer.assumeIsolated { $0.tick(now: now) } || holds }
  }

  func closeAll() { for peer in all { peer.assumeIsolated { $0.close() } } }

  /// Demultiplexes by RFC 7983.
  func receive(_ datagram: [UInt8], from path: PeerPath) {
    counters.receivedDatagrams += 1
    switch datagram.first {
    case .some(0...3): receiveCheck(datagram, from: path)
    case .some(20...63), .some(128...191):
      guard let peer = routes[path] else {
        counters.unknownAddress += 1
        return
      }
      peer.assumeIsolated { $0.receive(datagram, from: path) }
    default: counters.garbage += 1
    }
  }

  private func receiveCheck(_ datagram: [UInt8], from path: PeerPath) {
    guard let message = StunMessage(datagram) else {
      counters.garbage += 1
      return
    }
    // A browser keeps an address binding open with indications; nothing is to be done about them.
    guard message.messageClass == .request else { return }
    guard let username = message.value(of: StunMessage.AttributeType.username),
      let local = username.split(separator: UInt8(ascii: ":"), maxSplits: 1).first,
      let peer = peers[String(decoding: local, as: UTF8.self)]
    else {
      counters.unknownUsername += 1
      return
    }
    peer.assumeIsolated { $0.receive(datagram, from: path) }
  }
}
