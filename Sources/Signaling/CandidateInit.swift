// W3C's RTCIceCandidateInit.

/// One candidate as `RTCIceCandidate.toJSON()` gives it.
public struct CandidateInit: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  public var candidate: String
  public var sdpMid: String?
  public var sdpMLineIndex: Int?
  public var usernameFragment: String?
  public init(candidate: String, sdpMid: String?, sdpMLineIndex: Int?, usernameFragment: String?) {
    self.candidate = candidate
    self.sdpMid = sdpMid
    self.sdpMLineIndex = sdpMLineIndex
    self.usernameFragment = usernameFragment
  }
  public var description: String { "candidate" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension CandidateInit? {
  /// Whether there are no more: nothing at all, or a candidate without content (W3C webrtc-pc, RTCIceCandidate).
  public var isEndOfCandidates: Bool { self?.candidate.isEmpty ?? true }
}
