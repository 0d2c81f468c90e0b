// Why a message was not taken by a data channel.

/// A message that was not sent; the caller's fault unless it is `.full`, which is worth another try later.
public enum ChannelError: Error, Sendable, Hashable {
  /// The peer has closed the channel, or never had it; or it was closed by the browser.
  case closed
  /// Longer than the browser takes, or than ``Peer/maximumMessageBytes``.
  case tooLong
  /// What waits to be sent would exceed ``Peer/maximumWaitingBytes``.
  case full
  /// No data channels were negotiated, or ``Peer/maximumChannels`` are open.
  case unavailable
}
