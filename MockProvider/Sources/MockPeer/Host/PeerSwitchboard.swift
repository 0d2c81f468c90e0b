// Carries datagrams between the host's sockets and its peers.
import Basics
import Logging
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

  func closeSockets() { for socket in sockets { socket.close() } }

  func add(_ peer: Peer, username: String) -> Bool {
    guard peers[username] == nil else { return false }
    peers[username] = peer
    counters.openedPeers += 1
    return true
  }

  /// - Parameter paths: those that the peer was validated for. Another peer may have come on one of them since: it keeps it.
  func remove(_ peer: Peer, username: String, paths: Set<PeerPath>) {
    guard peers.removeValue(forKey: username) != nil else { return }
    for path in paths where routes[path] === peer { routes[path] = nil }
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

/// The sockets of a host, before it has started.
enum HostSockets {
  /// How often another port is tried when the system's choice for one address is taken on another.
  static let attempts = 16
  /// How many addresses are bound; a machine with more names the first ones.
  static let maximumAddresses = 64

  static func bound(_ configuration: PeerHostConfiguration) throws(TransportError) -> [DatagramSocket] {
    for host in configuration.advertised + (configuration.addresses ?? []) {
      guard DatagramAddress(host: host, port: 0) != nil else {
        throw TransportError(.invalidAddress, "a numeric address is needed for media")
      }
    }
    let hosts = configuration.addresses ?? DatagramAddress.ofInterfaces().map(\.host)
    guard !hosts.isEmpty else { throw TransportError(.invalidAddress, "this machine has no address for media") }
    var attempt = 1
    while true {
      do {
        return try bind(hosts.prefix(maximumAddresses), configuration)
      } catch {
        guard error.code == .addressInUse, configuration.port == 0, attempt < attempts else { throw error }
        attempt += 1
      }
    }
  }

  private static func bind(
    _ hosts: ArraySlice<String>, _ configuration: PeerHostConfiguration
  ) throws(TransportError) -> [DatagramSocket] {
    var sockets: [DatagramSocket] = []
    var port = configuration.port
    for host in hosts {
      do {
        let socket = try DatagramSocket(host: host, port: port)
        port = Int(socket.address.port)
        sockets.append(socket)
      } catch {
        // An address that was found may have gone, or not be ready yet; one that was asked for has to be there.
        guard configuration.addresses == nil, error.code == .invalidAddress else { throw error }
      }
    }
    guard !sockets.isEmpty else { throw TransportError(.invalidAddress, "no address of this machine can be bound") }
    return sockets
  }
}

/// Sends for one peer, and lets both directions pass through its impairment. Confined to the peer.
final class PeerWire {
  private let switchboard: PeerSwitchboard
  private var outgoing: ImpairedPath
  private var incoming: ImpairedPath
  private var reportedDrops: UInt64 = 0

  init(_ switchboard: PeerSwitchboard, _ impairment: Impairment) {
    self.switchboard = switchboard
    outgoing = ImpairedPath(impairment, .outgoing)
    incoming = ImpairedPath(impairment, .incoming)
  }

  var droppedCount: UInt64 { outgoing.droppedCount + incoming.droppedCount }
  /// True while datagrams are held back.
  var isHolding: Bool { !outgoing.isEmpty || !incoming.isEmpty }

  func set(_ impairment: Impairment) {
    outgoing.set(impairment)
    incoming.set(impairment)
  }

  func send(_ datagram: [UInt8], on path: PeerPath) {
    guard let item = outgoing.take(.init(datagram: datagram, path: path), now: switchboard.clock.now) else { return }
    switchboard.send(item.datagram, on: item.path)
  }

  /// Sends at once, past what is held back: the last words of a peer that is closed.
  func sendNow(_ datagram: [UInt8], on path: PeerPath) { switchboard.send(datagram, on: path) }

  /// - Returns: the datagram when it arrives at once.
  func receive(_ datagram: [UInt8], from path: PeerPath) -> ImpairedPath.Item? {
    incoming.take(.init(datagram: datagram, path: path), now: switchboard.clock.now)
  }

  /// Sends what is due.
  /// - Returns: what has arrived.
  func tick(now: MonotonicInstant) -> [ImpairedPath.Item] {
    for item in outgoing.takeDue(now: now) { switchboard.send(item.datagram, on: item.path) }
    switchboard.counters.impairedDatagrams += droppedCount - reportedDrops
    reportedDrops = droppedCount
    return incoming.takeDue(now: now)
  }
}
