// Which seeds are played, and on how many cores.
import Foundation

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
