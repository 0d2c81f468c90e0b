// One SCTP association of a peer.
import CMockPeer
import Glibc

/// The peer's end of an association; its packets travel in DTLS (RFC 8261).
final class SctpAssociation {
  private let number: UInt
  private let socket: OpaquePointer
  private var isOpen = true

  /// The port of both ends by default; the offers name it.
  static let port: UInt16 = 5000

  /// Opens an association: the first packet waits to be taken.
  /// - Parameter wake: is called on any thread when something waits that no call of this object has brought about.
  init?(remotePort: UInt16, wake: @escaping @Sendable () -> Void) {
    guard let opened = SctpStack.open(localPort: Self.port, remotePort: remotePort, wake: wake) else { return nil }
    number = opened.number
    socket = opened.socket
  }

  deinit { if isOpen { _ = SctpStack.close(number, socket) } }

  /// Takes a packet; one that is too short for its header is dropped.
  func receive(_ packet: [UInt8]) {
    guard isOpen, packet.count >= 12 else { return }
    SctpStack.receive(packet, for: number)
  }

  func send(_ message: [UInt8], stream: UInt16, protocolID: UInt32) -> SctpOutcome {
    guard isOpen else { return .failed }
    switch SctpStack.send(message, stream: stream, protocolID: protocolID, on: socket) {
    case 0: return .sent
    case EWOULDBLOCK, EINTR, ENOBUFS, ENOMEM: return .full
    default: return .failed
    }
  }

  func reset(stream: UInt16) { if isOpen { SctpStack.reset(stream: stream, on: socket) } }

  func take() -> SctpStack.Pending { isOpen ? SctpStack.take(number) : SctpStack.Pending() }

  /// Aborts.
  /// - Returns: the last packets.
  func close() -> [[UInt8]] {
    guard isOpen else { return [] }
    isOpen = false
    return SctpStack.close(number, socket)
  }
}
