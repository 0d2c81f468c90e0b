// Runs one SCTP association of a peer and reads what usrsctp tells about it.
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

/// Something that happened to an association.
enum SctpEvent: Hashable, Sendable {
  /// Messages can be sent on streams below the number.
  case up(outgoingStreams: Int)
  /// The browser has ended the association, or cannot be reached.
  case down
  case message(stream: UInt16, protocolID: UInt32, [UInt8])
  /// The browser sends nothing more on the streams; empty for all of them.
  case streamsReset([UInt16])
  /// A message was longer than ``SctpStack/maximumMessageBytes``.
  case tooLong(stream: UInt16)
}

/// The notifications of RFC 6458 section 6.1 that are subscribed to.
enum SctpNotification {
  static func event(in bytes: UnsafeRawBufferPointer) -> SctpEvent? {
    guard bytes.count >= 8 else { return nil }
    let type = bytes.loadUnaligned(as: UInt16.self)
    let flags = bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)
    switch Int32(type) {
    case SCTP_ASSOC_CHANGE:
      guard bytes.count >= MemoryLayout<sctp_assoc_change>.size else { return nil }
      return change(bytes.loadUnaligned(as: sctp_assoc_change.self))
    case SCTP_STREAM_RESET_EVENT:
      guard Int32(flags) & SCTP_STREAM_RESET_INCOMING_SSN != 0 else { return nil }
      // Type, flags, length and association, then the streams.
      return .streamsReset(
        stride(from: 12, to: bytes.count - 1, by: 2).map { bytes.loadUnaligned(fromByteOffset: $0, as: UInt16.self) })
    default: return nil
    }
  }

  private static func change(_ change: sctp_assoc_change) -> SctpEvent? {
    switch Int32(change.sac_state) {
    case SCTP_COMM_UP: .up(outgoingStreams: Int(change.sac_outbound_streams))
    case SCTP_COMM_LOST, SCTP_SHUTDOWN_COMP, SCTP_CANT_STR_ASSOC: .down
    default: nil
    }
  }
}

/// Called under the lock of ``SctpStack``.
enum SctpOptions {
  /// How a data channel's association behaves (RFC 8831 section 6).
  static func set(on socket: OpaquePointer) {
    usrsctp_set_non_blocking(socket, 1)
    // Closing aborts and keeps nothing.
    set(SO_LINGER, linger(l_onoff: 1, l_linger: 0), on: socket, level: SOL_SOCKET)
    set(SO_SNDBUF, SctpStack.bufferBytes, on: socket, level: SOL_SOCKET)
    set(SO_RCVBUF, SctpStack.bufferBytes, on: socket, level: SOL_SOCKET)
    set(SCTP_NODELAY, UInt32(1), on: socket)
    var streams = sctp_initmsg()
    streams.sinit_num_ostreams = SctpStack.streams
    streams.sinit_max_instreams = SctpStack.streams
    set(SCTP_INITMSG, streams, on: socket)
    set(SCTP_ENABLE_STREAM_RESET, sctp_assoc_value(assoc_id: UInt32(SCTP_ALL_ASSOC), assoc_value: 5), on: socket)
    for type in [SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT] {
      set(SCTP_EVENT, sctp_event(se_assoc_id: UInt32(SCTP_ALL_ASSOC), se_type: UInt16(type), se_on: 1), on: socket)
    }
    var path = sctp_paddrparams()
    path.spp_flags = UInt32(SPP_PMTUD_DISABLE)
    path.spp_pathmtu = SctpStack.packetBytes
    set(SCTP_PEER_ADDR_PARAMS, path, on: socket)
  }

  /// - Returns: false when it was refused.
  static func connect(
    _ socket: OpaquePointer, _ address: UnsafeMutableRawPointer?, localPort: UInt16, remotePort: UInt16
  ) -> Bool {
    func withName(port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
      var name = sockaddr_conn()
      name.sconn_family = UInt16(AF_CONN)
      name.sconn_port = port.bigEndian
      name.sconn_addr = address
      let size = socklen_t(MemoryLayout<sockaddr_conn>.size)
      return withUnsafeMutablePointer(to: &name) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
      }
    }
    guard withName(port: localPort, { usrsctp_bind(socket, $0, $1) }) == 0 else { return false }
    return withName(port: remotePort) { usrsctp_connect(socket, $0, $1) } == 0 || errno == EINPROGRESS
  }

  static func reset(_ stream: UInt16, on socket: OpaquePointer) {
    // One stream in the list that ends the structure.
    let head = MemoryLayout<sctp_reset_streams>.size
    var bytes = [UInt8](repeating: 0, count: head + 2)
    var request = sctp_reset_streams()
    request.srs_flags = UInt16(SCTP_STREAM_RESET_OUTGOING)
    request.srs_number_streams = 1
    withUnsafeBytes(of: request) { bytes.replaceSubrange(..<head, with: $0) }
    withUnsafeBytes(of: stream) { bytes.replaceSubrange(head..., with: $0) }
    usrsctp_setsockopt(socket, 132, SCTP_RESET_STREAMS, bytes, socklen_t(bytes.count))
  }

  private static func set<Value: BitwiseCopyable>(
    _ option: Int32, _ value: Value, on socket: OpaquePointer, level: Int32 = 132
  ) {
    var value = value
    usrsctp_setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Value>.size))
  }
}

/// The result of sending.
enum SctpOutcome: Hashable {
  case sent
  /// The buffer is full: later.
  case full
  case failed
}
