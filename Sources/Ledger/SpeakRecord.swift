// What is known of one speak.

/// A speak that was, or was about to be, sent to the provider.
public struct SpeakRecord: Sendable, Hashable, Codable {
  /// The client's id of the request.
  public var request: Int64
  public var fingerprint: ScriptFingerprint
  public var at: WallTime
  /// Nil while nobody knows: it may be on its way, or it was when the relay died.
  public var outcome: SpeakOutcome?

  public init(request: Int64, fingerprint: ScriptFingerprint, at: WallTime, outcome: SpeakOutcome? = nil) {
    self.request = request
    self.fingerprint = fingerprint
    self.at = at
    self.outcome = outcome
  }
}
