// What came of many simulations.
import Testing

/// Numbers of what was met, and the seeds that showed a mistake.
struct SimulationOutcome: Sendable {
  /// How many seeds are told of; one of them is told with everything that happened.
  private static let told = 20

  private(set) var counts = SimulationCounts()
  private(set) var failures: [UInt64: [String]] = [:]

  init() {}

  init(seed: UInt64) {
    var simulation = Simulation(seed: seed)
    let mistakes = simulation.play(steps: Simulation.standardSteps)
    counts = simulation.counts
    if !mistakes.isEmpty { failures = [seed: mistakes] }
  }

  static func += (left: inout SimulationOutcome, right: SimulationOutcome) {
    left.counts += right.counts
    left.failures.merge(right.failures) { old, _ in old }
  }

  /// Fails the test for what went wrong.
  func report() {
    let failed = failures.sorted { $0.key < $1.key }
    for (seed, mistakes) in failed.prefix(Self.told) {
      Issue.record("SEED=\(seed): \(mistakes.joined(separator: "; "))")
    }
    guard let first = failed.first else { return }
    var again = Simulation(seed: first.key, tracing: true)
    _ = again.play(steps: Simulation.standardSteps)
    Issue.record("\(failed.count) seeds failed; seed \(first.key):\n\(again.trace.lines.joined(separator: "\n"))")
  }
}
