// One talk: what its client was told of it, and what the provider said.
import Signaling
import Timekeeping

/// A talk that the provider accepted.
struct TalkEntry: Sendable {
  /// What the client was told last.
  enum Announced: Sendable, Hashable { case accepted, started, ended }
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
    case .started: endsBy
    case .ended: nil
    }
  }

  /// Announces a start, if it was not yet.
  mutating func start(estimated: Bool) -> [TalkPhase] {
    guard announced == .accepted else { return [] }
    announced = .started
    return [.started(estimated: estimated)]
  }

  /// Announces the end, if it was not yet, and before it a start that nobody saw.
  mutating func end(as phase: TalkPhase) -> [TalkPhase] {
    guard announced != .ended else { return [] }
    var phases: [TalkPhase] = []
    if case .ended = phase { phases = start(estimated: true) }
    announced = .ended
    return phases + [phase]
  }
}
