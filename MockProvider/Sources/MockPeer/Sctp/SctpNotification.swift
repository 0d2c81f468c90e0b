// Reads what usrsctp tells about an association.
import CMockPeer

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
