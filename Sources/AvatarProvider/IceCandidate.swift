// One ICE candidate of the browser or of the provider.

/// What a provider is told of a candidate; the members of W3C's `RTCIceCandidateInit`.
public struct IceCandidate: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// The `candidate-attribute` of RFC 8839 section 5.1.
  public var candidate: String
  public var sdpMid: String?
  public var sdpMLineIndex: Int?
  public var usernameFragment: String?

  public init(candidate: String, sdpMid: String?, sdpMLineIndex: Int?, usernameFragment: String? = nil) {
    self.candidate = candidate
    self.sdpMid = sdpMid
    self.sdpMLineIndex = sdpMLineIndex
    self.usernameFragment = usernameFragment
  }

  public var description: String { "candidate" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
