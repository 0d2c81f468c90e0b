// The settings of an SCTP association.
import CMockPeer
import Glibc

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
