// How far a talk has come.

/// Where a talk is. `estimated` is true where no data-channel event said so and the duration did.
public enum TalkPhase: Sendable, Hashable {
  case accepted(durationMs: Int64?)
  case started(estimated: Bool)
  case ended(estimated: Bool)
  indirect case failed(SignalingError)
}
