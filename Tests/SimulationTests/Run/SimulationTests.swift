// Plays the whole relay and the whole mock in thousands of lives that a seed brings back.
import Testing

@Suite(.serialized) struct SimulationTests {
  @Test("A seed that failed once does not fail again", arguments: RegressionSeeds.all)
  func regressions(seed: UInt64) { SimulationOutcome(seed: seed).report() }

  @Test("The same seed plays the same life", arguments: [1, 2, 3, 4, 5] as [UInt64])
  func determinism(seed: UInt64) {
    let lines = (0..<2).map { _ in
      var simulation = Simulation(seed: seed, tracing: true)
      _ = simulation.play(steps: Simulation.standardSteps)
      return simulation.trace.lines
    }
    #expect(lines[0] == lines[1])
    #expect(lines[0].count > 100)
  }

  @Test("Each talk at most once, each fate as it is told, each notification in order, nothing left open")
  func schedules() async {
    let outcome = await SimulationRun.play(SimulationRun.seeds)
    outcome.report()
    let counts = outcome.counts
    print(counts.figures)
    guard counts[.seeds] >= 1000 else { return }
    // Seeds that do not get there show nothing.
    for name in SimulationCounts.Name.allCases where ![.doubleSpeaks, .leaks].contains(name) {
      #expect(counts[name] >= counts[.seeds] / 50, "\(name)")
    }
    let (seeds, speaks, resumes) = (counts[.seeds], counts[.speaks], counts[.resumes])
    #expect(speaks > 3 * seeds && resumes > seeds)
  }
}

/// The seeds, each with what it found.
enum RegressionSeeds {
  static let all: [UInt64] = [
    // A resume that a later one had overtaken took the session, and replaced the secret that the client had.
    21,
    // A session whose creation was not answered in time was not found on the provider's list.
    406,
    // A resume that a later one had overtaken took a closed session's answers away.
    8354,
  ]
}
