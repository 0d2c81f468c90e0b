// What differs between simulations but for their steps.
import MockProvider
import Relay
import RelayTestSupport
import Signaling
import TestSupport

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
