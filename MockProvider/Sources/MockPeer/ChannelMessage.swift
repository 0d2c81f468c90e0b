// A message of a data channel.

/// What RFC 8831 section 6.6 tells apart by payload protocol identifiers.
public enum ChannelMessage: Sendable, Hashable {
  case text(String)
  case bytes([UInt8])
}
