// Thousands of random lives of clients whose connections are lost, each of which a seed brings back.
import Foundation
import Testing

@Suite struct ResumeScheduleTests {
  /// How many seeds are played in all: `SEEDS`, or as many as docs/reliability.md states.
  private static let seeds = ProcessInfo.processInfo.environment["SEEDS"].flatMap(UInt64.init) ?? 10_000

  @Test("Each speak at most once, each answer known, each notification in order, nothing left open", arguments: 0..<5)
  func schedules(fifth: UInt64) {
    var resumes = 0
    var resyncs = 0
    var seeds = 0
    var mistakes: [String] = []
    let share = Self.seeds / 5
    for seed in (fifth * share)..<((fifth + 1) * share) where mistakes.isEmpty {
      var schedule = ResumeSchedule(seed: seed)
      mistakes = schedule.play(steps: 120)
      #expect(mistakes.isEmpty, "seed \(seed)")
      seeds += 1
      resumes += schedule.clients.reduce(0) { $0 + $1.resumes }
      resyncs += schedule.clients.reduce(0) { $0 + $1.resyncs }
    }
    // A schedule that does not get there shows nothing. About a sixth of the lives gets a resync, a few hundred seeds
    // more or less by chance.
    let resyncsWanted = seeds >= 2000 ? seeds / 8 : seeds / 16
    #expect(seeds > 0 && resumes > 5 * seeds && resyncs > resyncsWanted, "\(resumes) resumes, \(resyncs) resyncs")
    // docs/reliability.md gets the sums.
    print("FIGURE scheduleSeeds \(seeds)\nFIGURE scheduleMistakes \(mistakes.count)")
    print("FIGURE scheduleResumes \(resumes)\nFIGURE scheduleResyncs \(resyncs)")
  }
}
