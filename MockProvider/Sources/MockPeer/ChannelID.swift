// The name of a data channel.

/// One data channel of a peer; not its SCTP stream, which is free again when the channel has closed.
public struct ChannelID: Sendable, Hashable, Comparable {
  public let number: Int
  init(number: Int) { self.number = number }
  public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}
