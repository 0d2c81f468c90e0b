// What was met in simulations: one that meets nothing shows nothing.

/// Numbers of things that happened.
struct SimulationCounts: Hashable, Sendable {
  var sessions = 0
  var speaks = 0
  var resumes = 0
  var resyncs = 0
  var cuts = 0
  var kills = 0
  var faults = 0
  var losses = 0
  var ledgerFailures = 0
  var unknownTalks = 0
  var openAtTheEnd = 0

  static func += (left: inout SimulationCounts, right: SimulationCounts) {
    left.sessions += right.sessions
    left.speaks += right.speaks
    left.resumes += right.resumes
    left.resyncs += right.resyncs
    left.cuts += right.cuts
    left.kills += right.kills
    left.faults += right.faults
    left.losses += right.losses
    left.ledgerFailures += right.ledgerFailures
    left.unknownTalks += right.unknownTalks
    left.openAtTheEnd += right.openAtTheEnd
  }
}
