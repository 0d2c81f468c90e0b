// What was met in simulations: one that meets nothing shows nothing.

/// Numbers of things that happened.
struct SimulationCounts: Sendable {
  enum Name: String, CaseIterable {
    case seeds, connections, sessions, speaks, resumes, resyncs, cuts, kills, losses, ledgerFailures
    /// Faults of the mock that struck: no answer at all, an error of the server, a demand to slow down, a late answer.
    case drops, serverErrors, slowDowns, lateAnswers
    /// Talks whose clients were told that they are spoken, and those of them that were said exactly once.
    case acceptedTalks, acceptedAndSaidOnce
    /// Talks whose clients were told that they are not.
    case refusedTalks
    /// Talks that were interrupted before they were sent, and talks that were cut off once they were accepted.
    case interruptedTalks, cutTalks
    /// Talks whose clients were told that nobody knows.
    case unknownTalks
    /// Sessions that ended by nothing but the provider's idle limit, since their names were never seen.
    case unseenSessions
    case doubleSpeaks, leaks
  }

  private var values: [Name: Int] = [:]

  subscript(_ name: Name) -> Int {
    get { values[name, default: 0] }
    set { values[name] = newValue }
  }

  static func += (left: inout SimulationCounts, right: SimulationCounts) {
    for name in Name.allCases { left[name] += right[name] }
  }

  /// As docs/reliability.md gets them.
  var figures: String { Name.allCases.map { "FIGURE \($0.rawValue) \(self[$0])" }.joined(separator: "\n") }
}
