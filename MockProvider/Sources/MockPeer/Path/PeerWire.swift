// The way between a peer and its host's sockets.
import Timekeeping

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
