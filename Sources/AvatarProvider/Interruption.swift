// How a talk is cut off.

/// What has to happen for a talk to stop.
public enum Interruption: Sendable, Hashable {
  /// The provider was told; nothing is left to do.
  case done
  /// The browser has to send this text on the data channel.
  case sendOnDataChannel(String)
}
