// Thousands of random lives of clients whose connections are lost, each of which a seed brings back.
import Testing

@Suite struct ResumeScheduleTests {
  @Test("Each speak at most once, each answer known, each notification in order, nothing left open", arguments: 0..<5)
  func schedules(fifth: UInt64) {
    var resumes = 0
    var resyncs = 0
    for seed in (fifth * 2000)..<((fifth + 1) * 2000) {
      var schedule = ResumeSchedule(seed: seed)
      let mistakes = schedule.play(steps: 120)
      #expect(mistakes.isEmpty, "seed \(seed)")
      if !mistakes.isEmpty { return }
      resumes += schedule.clients.reduce(0) { $0 + $1.resumes }
      resyncs += schedule.clients.reduce(0) { $0 + $1.resyncs }
    }
    // A schedule that does not get there shows nothing.
    #expect(resumes > 10_000 && resyncs > 250, "\(resumes) resumes, \(resyncs) resyncs")
  }
}
