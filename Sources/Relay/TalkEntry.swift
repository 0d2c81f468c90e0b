// One talk: what its client was told of it, and what the provider said.
import Signaling
import Timekeeping

/// A talk that the provider accepted.
struct TalkEntry: Sendable {
  /// What the client was told last.
  enum Announced: Sendable, Hashable {
    case accepted, started, ended, failed
    /// It was accepted in an earlier life of the relay; what was told since then is not known.
    case unknown
  }
  /// What the provider itself said last.
  enum Heard: Sendable, Hashable { case nothing, start, end }

  /// The talk's id on the wire.
  let id: String
  /// The provider's id; nil where it gave none.
  let providerID: String?
  let duration: Duration?
  var announced = Announced.accepted
  var heard = Heard.nothing
  /// When its start, and its end, are taken for granted; nil where nothing is known.
  var startsBy: MonotonicInstant?
  var endsBy: MonotonicInstant?

  /// When something is to be announced that nobody said.
  var deadline: MonotonicInstant? {
    switch announced {
    case .accepted: [startsBy, endsBy].compactMap(\.self).min()
    case .started, .unknown: endsBy
    case .ended, .failed: nil
    }
  }

  /// Whether its client was told that it is over.
  var isOver: Bool { announced == .ended || announced == .failed }

  /// How far it came, as its client is told.
  var snapshot: SessionSnapshot.Talk {
    let phase: SessionSnapshot.Talk.Phase =
      switch announced {
      case .accepted: .accepted
      case .started: .started
      case .ended: .ended
      case .failed: .failed
      case .unknown: .unknown
      }
    return SessionSnapshot.Talk(talk: id, phase: phase, durationMs: duration?.milliseconds)
  }

  /// Announces a start, if it was not yet.
  mutating func start(estimated: Bool) -> [TalkPhase] {
    guard announced == .accepted || announced == .unknown else { return [] }
    announced = .started
    return [.started(estimated: estimated)]
  }

  /// Announces the end, if it was not yet, and before it a start that nobody saw.
  mutating func end(as phase: TalkPhase) -> [TalkPhase] {
    guard !isOver else { return [] }
    guard case .ended = phase else {
      announced = .failed
      return [phase]
    }
    let phases = start(estimated: true)
    announced = .ended
    return phases + [phase]
  }
}
