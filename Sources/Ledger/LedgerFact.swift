// What can be recorded of a session once its intent is.
import SessionValues

/// One fact of a session. Facts are recorded in the order in which they happened.
public enum LedgerFact: Sendable, Hashable {
  /// The provider opened it. `secrets` are the hashes of the secrets by which its client may resume it.
  case opened(SessionHandle, SessionTerms, secrets: [SecretHash], at: WallTime)
  /// It is certain that the provider did not open it.
  case notOpened
  /// It may have been opened, but the reply never came.
  case unseen
  /// From now on these secrets are good, newest first, and no others.
  case secrets([SecretHash])
  /// The provider accepted the browser's description.
  case described(at: WallTime)
  /// The browser reported that its media is connected.
  case connected(at: WallTime)
  /// A speak is about to be sent.
  case speakIntended(request: Int64, ScriptFingerprint, at: WallTime)
  /// What became of it.
  case speakEnded(request: Int64, SpeakOutcome)
  /// The provider heard of the session: its idle limit counts anew.
  case active(at: WallTime)
  /// It is about to be ended, for that reason.
  case closing(reason: String)
  /// The provider was asked to end it and did not confirm it.
  case closeFailed
  /// The provider said that it is over.
  case closed
  /// Its end was never confirmed, but the provider's own limits have passed.
  case abandoned
}
