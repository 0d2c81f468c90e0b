// Thousands of random lives of a registry, each of which a seed brings back.
import Testing

@Suite struct RandomScheduleTests {
  @Test("Nothing leaks, nothing is answered twice, nothing is said after the end", arguments: 0..<4)
  func schedules(quarter: UInt64) {
    for seed in (quarter * 750)..<((quarter + 1) * 750) {
      var schedule = RandomSchedule(seed: seed)
      let mistakes = schedule.play(steps: 50)
      #expect(mistakes.isEmpty, "seed \(seed)")
      if !mistakes.isEmpty { return }
    }
  }
}
