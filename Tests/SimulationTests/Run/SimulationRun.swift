// Says what one run of the simulation is made of: its setting, what is counted of it, and how it ended.
import Foundation
import MockProvider
import Relay
import RelayTestSupport
import Signaling
import TestSupport
import Testing

/// `SEED=n` plays one seed, `SEEDS=n` the first n.
enum SimulationRun {
  /// How many seeds a run plays that is told nothing.
  static let standardSeeds: UInt64 = 10_000
  /// How many seeds a core plays before it asks for more.
  private static let portion: UInt64 = 50

  static var seeds: Range<UInt64> {
    let environment = ProcessInfo.processInfo.environment
    if let seed = environment["SEED"].flatMap(UInt64.init) { return seed..<(seed + 1) }
    return 0..<(environment["SEEDS"].flatMap(UInt64.init) ?? standardSeeds)
  }

  /// Plays seeds on all cores; each simulation stays on one.
  static func play(_ seeds: Range<UInt64>) async -> SimulationOutcome {
    await withTaskGroup(of: SimulationOutcome.self) { group in
      for first in stride(from: seeds.lowerBound, to: seeds.upperBound, by: Int(portion)) {
        group.addTask {
          var sum = SimulationOutcome()
          for seed in first..<min(first + portion, seeds.upperBound) { sum += SimulationOutcome(seed: seed) }
          return sum
        }
      }
      return await group.reduce(into: SimulationOutcome()) { $0 += $1 }
    }
  }
}

/// The settings of the relay, the mock and the network of one seed.
struct SimulationSetting {
  var limits = RelayLimits.withoutQuotas
  var mock = MockConfiguration()
  let hasExclusiveKey: Bool
  let isLedgerSlow: Bool
  let clientCount: Int
  /// How likely troubles are, in parts of a hundred of the steps.
  let cuts: Int
  let kills: Int
  let faults: Int
  let losses: Int
  let ledgerFailures: Int

  /// - Parameter random: every seed draws its own.
  init(_ random: inout SplitMix) {
    limits.eventsReplayed = [1, 3, 256, 256].randomElement(using: &random) ?? 256
    limits.lifetime = .seconds(3600)
    limits.answersRemembered = 256
    mock.media = .none
    mock.seed = random.next()
    mock.maximumSessions = [2, 100, 100].randomElement(using: &random) ?? 100
    hasExclusiveKey = Bool.random(using: &random)
    isLedgerSlow = Int.random(in: 0..<3, using: &random) == 0
    clientCount = Int.random(in: 1...2, using: &random)
    cuts = [0, 3, 8].randomElement(using: &random) ?? 3
    kills = [0, 0, 1, 2].randomElement(using: &random) ?? 0
    faults = [0, 3].randomElement(using: &random) ?? 0
    losses = [0, 3, 6].randomElement(using: &random) ?? 0
    ledgerFailures = [0, 0, 0, 2].randomElement(using: &random) ?? 0
  }
}

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
    /// Parts of texts that were still being written, and those of them that were said.
    case parts, saidParts
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

/// The lines of a simulation that is played to be read; otherwise nothing is kept.
struct SimulationTrace {
  let isKept: Bool
  private(set) var lines: [String] = []

  init(isKept: Bool) { self.isKept = isKept }

  mutating func add(_ line: @autoclosure () -> String) { if isKept { lines.append(line()) } }
}
