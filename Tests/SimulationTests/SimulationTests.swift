// The whole relay and the whole mock, in thousands of lives that a seed brings back.
import Foundation
import Testing

@Suite struct SimulationTests {
  /// Steps of one life.
  static let steps = 150

  @Test("A seed that failed once does not fail again", arguments: RegressionSeeds.all)
  func regressions(seed: UInt64) { Self.check(seed) }

  @Test("Each talk at most once, each fate as it is told, each notification in order, nothing left open")
  func schedules() async {
    let counts = await SimulationRun.play(SimulationRun.seeds) { Self.check($0) }
    print(counts.figures)
    guard counts[.seeds] >= 1000 else { return }
    // Seeds that do not get there show nothing.
    for name in SimulationCounts.Name.allCases where ![.doubleSpeaks, .leaks].contains(name) {
      #expect(counts[name] >= counts[.seeds] / 100, "\(name)")
    }
    let (seeds, speaks, resumes) = (counts[.seeds], counts[.speaks], counts[.resumes])
    #expect(speaks > 5 * seeds && resumes > 2 * seeds)
  }

  @Test("The same seed plays the same life", arguments: [1, 2, 3] as [UInt64])
  func determinism(seed: UInt64) {
    let lines = (0..<2).map { _ in
      var simulation = Simulation(seed: seed, tracing: true)
      _ = simulation.play(steps: Self.steps)
      return simulation.trace.lines
    }
    #expect(lines[0] == lines[1])
    #expect(lines[0].count > 100)
  }

  @discardableResult
  static func check(_ seed: UInt64) -> SimulationCounts {
    var simulation = Simulation(seed: seed)
    let mistakes = simulation.play(steps: steps)
    if !mistakes.isEmpty { report(seed, mistakes) }
    return simulation.counts
  }

  /// A failing seed is told with everything that happened.
  private static func report(_ seed: UInt64, _ mistakes: [String]) {
    var again = Simulation(seed: seed, tracing: true)
    _ = again.play(steps: steps)
    Issue.record("SEED=\(seed): \(mistakes.joined(separator: "; "))\n\(again.trace.lines.joined(separator: "\n"))")
  }
}
