// Checks that the numbers that limits ask for are what counting would find.
import AvatarProvider
import Basics
import Signaling
import TestSupport
import Testing

@testable import Relay

@Suite struct RegistryCountTests {
  /// Believes every token: its text is the subject.
  private struct Gate: AccessGate {
    func permit(
      for token: JoinToken, from origin: String?, at now: MonotonicInstant
    ) throws(SignalingError) -> Permit {
      Permit(subject: token.value, expiry: now.advanced(by: .seconds(90)), maximumSessions: 5, budget: .seconds(400))
    }
  }

  private struct Player {
    let subject: String
    let connection: MadeUpConnection
    var opens: [RequestID] = []
  }

  @Test("Kept numbers are the counted ones, whatever happens", arguments: 0..<4)
  func keptAndCounted(quarter: UInt64) {
    for seed in (quarter * 60)..<((quarter + 1) * 60) {
      let mistakes = play(seed)
      #expect(mistakes.isEmpty, "seed \(seed)")
      if !mistakes.isEmpty { return }
    }
  }

  private func play(_ seed: UInt64) -> [String] {
    var random = SplitMix(seed: seed)
    var fixture = RegistryFixture(logLevel: .critical, gate: Gate(), keepsLedger: Bool.random(using: &random)) {
      $0.maximumSessionsPerProvider["offering"] = 3
      $0.maximumSessionsPerSubject = 4
      $0.maximumSessionsPerConnection = 3
      $0.waitingOpens = 4
      $0.totalSecondsPerDay = 3000
      $0.graceTime = .seconds(20)
    }
    let providers = [fixture.offering, fixture.awaiting]
    for provider in providers { provider.hold(.open, .close) }
    var players: [Player] = []
    var secrets: [SessionID: ResumeSecret] = [:]
    var left: [Player] = []
    for _ in 0..<80 {
      let index = players.indices.randomElement(using: &random)
      switch Int.random(in: 0..<20, using: &random) {
      case 0..<3:
        let player = Player(
          subject: ["a", "b", "c"].randomElement(using: &random) ?? "a", connection: fixture.connect())
        fixture.send(.authorize(JoinToken(value: player.subject)), on: player.connection)
        players.append(player)
      case 3..<9:
        guard let index else { continue }
        let name = Int.random(in: 0..<3, using: &random) == 0 ? "awaiting" : "offering"
        let request = fixture.send(.open(provider: name, avatar: nil, options: [:]), on: players[index].connection)
        players[index].opens.append(request)
      case 9..<14:
        guard let provider = providers.filter({ !$0.waitingKinds.isEmpty }).randomElement(using: &random),
          let kind = provider.waitingKinds.randomElement(using: &random)
        else { continue }
        let failures: [ProviderFailure?] = [
          nil, nil, nil, .sessionLimitReached, ProviderFailure(.fateUnknown, "by chance"),
          ProviderFailure(.rejected, "by chance"),
        ]
        provider.release(kind, failures.randomElement(using: &random) ?? nil)
      case 14:
        guard let index else { continue }
        left.append(players[index])
        fixture.drop(players.remove(at: index).connection)
      case 15:
        guard let index, let (session, secret) = secrets.randomElement(using: &random) else { continue }
        fixture.send(.resume(session: session, secret: secret, lastSeq: 0), on: players[index].connection)
      case 16:
        guard let index, let session = players[index].connection.openedSessions.randomElement(using: &random)
        else { continue }
        fixture.send(.close(session: session), on: players[index].connection)
      case 17:
        guard let session = secrets.keys.randomElement(using: &random) else { continue }
        _ = fixture.registry.assumeIsolated { $0.endByOperator(session) }
        fixture.executor.run()
      default: fixture.advance(.milliseconds(Int.random(in: 1...15_000, using: &random)))
      }
      for player in players + left {
        for message in player.connection.messages {
          if case .result(_, .opened(let opened), _) = message { secrets[opened.session] = opened.secret }
        }
      }
      let mistakes = fixture.countMistakes
      if !mistakes.isEmpty { return mistakes }
    }
    let done = fixture.drain(within: .seconds(1000))
    while let provider = providers.first(where: { !$0.waitingKinds.isEmpty }), let kind = provider.waitingKinds.first {
      provider.release(kind, nil)
    }
    if !done.isRaised { fixture.advance(.seconds(1001)) }
    let places = fixture.registry.assumeIsolated { $0.counts.holdingPlace }
    return fixture.countMistakes + (places == 0 ? [] : ["\(places) places are held after the end"])
  }
}
