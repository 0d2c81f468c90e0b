// How long the strings in parameters may be.

/// Bounds of strings in parameters, in bytes of UTF-8 (docs/protocol.md, "Methods"). SDP is bounded by
/// ``SDPSummary/maximumBytes``, what is to be spoken by the session's `maxTextBytes`, everything by the message's size.
enum ParameterBytes {
  static let provider = 1...64
  static let avatar = 1...2048
  static let session = 1...64
  static let secret = 1...128
  /// Longer than any token that is accepted, so that one that is too long is told by name.
  static let token = 1...16_384
  static let talk = 1...256
  static let script = 1...Int.max
  static let audioURL = 1...4096
  static let dataChannelMessage = 0...16_384
  static let candidate = 0...2048
  static let sdpMid = 0...256
  static let usernameFragment = 0...256
}
