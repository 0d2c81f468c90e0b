// What an SCTP association tells.

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
