// Why a WebSocket connection has to be failed.

/// A violation of RFC 6455 or of a bound, with the close code that says which.
struct WebSocketFailure: Error, Equatable {
  let code: UInt16
  let reason: String

  static func protocolError(_ reason: String) -> Self { Self(code: 1002, reason: reason) }
  static let binary = Self(code: 1003, reason: "text messages only")
  static let invalidText = Self(code: 1007, reason: "text is not UTF-8")
  static let tooLarge = Self(code: 1009, reason: "message too large")
}
