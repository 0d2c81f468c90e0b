// Kills the relay at every moment at which it touches the world: nothing is said twice, nothing is left open.
import Foundation
import MockProvider
import Testing
import TestSupport
import Transport

@Suite(.timeLimit(.minutes(5))) struct KillTests {
  /// Which provider is spoken to, and how.
  enum Way: String, CaseIterable, Sendable {
    case did, heygen, heygenTokens, heygenExclusive

    var provider: String { self == .did ? "did" : "heygen" }
  }

  /// With `KILLS` in the environment a part is played: each moment of a life in one of the four ways. `make test-long`
  /// plays all.
  private static let isWhole = ProcessInfo.processInfo.environment["KILLS"] == nil

  @Test(arguments: Array(Way.allCases.enumerated()).map { ($0.offset, $0.element) })
  func killedAtEveryMoment(turn: Int, way: Way) async throws {
    try await withMock { loop, network, mock in
      let whole = try await play(way, kills: [], on: loop, network, mock)
      #expect(whole.mistakes.isEmpty && whole.spoken == 3, "\(whole)")
      #expect(whole.moments.count >= 30, "\(whole.moments)")
      var unknown = 0
      let ways = Way.allCases.count
      for moment in 1...whole.moments.count where Self.isWhole || moment % ways == turn {
        // A client that leaves without a word is no less of a customer; one way plays both at every moment.
        for closes in way == .did && Self.isWhole ? [true, false] : [moment.isMultiple(of: 2)] {
          let report = try await play(way, kills: [moment], closes: closes, on: loop, network, mock)
          let place = "killed at \(report.places), closes: \(closes): \(report.mistakes)"
          #expect(report.mistakes.isEmpty, "\(place)")
          unknown += report.unknown
          Self.tell(report)
        }
      }
      // A kill between a speak's intent and its outcome is what makes a talk unknown; there are some for each speak.
      if Self.isWhole { #expect(unknown >= 3) }
    }
  }

  /// The life that cleans up dies too.
  @Test(arguments: Way.allCases)
  func killedAgainWhileRecovering(way: Way) async throws {
    try await withMock { loop, network, mock in
      var random = SplitMix(seed: 0xA11CE)
      for _ in 0..<(Self.isWhole ? 10 : 3) {
        let kills = (0..<3).map {
          $0 == 0 ? Int.random(in: 1...34, using: &random) : Int.random(in: 1...9, using: &random)
        }
        let report = try await play(way, kills: kills, on: loop, network, mock)
        #expect(report.mistakes.isEmpty, "kills \(kills) at \(report.places): \(report.mistakes)")
        Self.tell(report)
      }
    }
  }

  /// docs/reliability.md gets the sums of these.
  private static func tell(_ report: KillRun.Report) {
    let figures = [
      "momentRuns 1", "momentKills \(report.places.count)", "momentSpoken \(report.spoken)",
      "momentUnknown \(report.unknown)", "momentMistakes \(report.mistakes.count)",
    ]
    print(figures.map { "FIGURE \($0)" }.joined(separator: "\n"))
  }

  private func play(
    _ way: Way, kills: [Int], closes: Bool = true, on loop: EventLoop, _ network: HTTPClient, _ mock: MockServer
  ) async throws -> KillRun.Report {
    // Everything happens on the loop's thread, as in the program.
    try await Task(executorPreference: loop) {
      try await KillStage.run(
        way.provider, usesSessionTokens: way == .heygenTokens, isExclusive: way == .heygenExclusive, on: loop, network,
        mock
      ) { stage in try await KillRun(stage: stage, kills: kills, closes: closes).play() }
    }.value
  }

  private func withMock(_ body: (EventLoop, HTTPClient, MockServer) async throws -> Void) async throws {
    let loop = try EventLoop()
    do {
      var configuration = MockConfiguration()
      configuration.media = .none
      let mock = try await MockServer.start(configuration, on: loop)
      let network = try await HTTPClient.start(HTTPClientConfiguration(), on: loop)
      try await body(loop, network, mock)
      await mock.stop()
    } catch {
      await loop.stop()
      throw error
    }
    await loop.stop()
  }
}
