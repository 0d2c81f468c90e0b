// What waits is written together, in order and within bounds; a file that does not answer holds nobody up.
import GRDB
import Ledger
import LedgerTestSupport
import Testing
import Transport

@testable import LedgerSQLite

@Suite(.timeLimit(.minutes(1))) struct LedgerBatchTests {
  @Test func whatWaitsIsWrittenTogether() async throws {
    try await FileStage.run { stage in
      let file = try LedgerFile(path: stage.path, durability: .full)
      let commits = CommitCount()
      file.queue.add(transactionObserver: commits, extent: .databaseLifetime)
      let ledger = stage.open(file)
      _ = try await ledger.begin(.sample("first"))
      let before = commits.count
      let jam = await Jam(file, beginning: (0..<100).map { "s\($0)" }, in: ledger, on: stage)
      jam.letGo()
      for task in jam.tasks { _ = try await task.value }
      // The first that came was being written alone when the others came.
      #expect(commits.count - before == 2)
      let order = try await ledger.orphans(for: RelayID(rawValue: "r2")).map(\.intent.session)
      #expect(order == ["first"] + (0..<100).map { "s\($0)" })
      await ledger.close()
    }
  }

  @Test func oneThatIsRefusedSpoilsNoOther() async throws {
    try await FileStage.run { stage in
      let file = try LedgerFile(path: stage.path, durability: .full)
      let ledger = stage.open(file)
      let jam = await Jam(file, beginning: ["a", "a", "b", "a", "c"], in: ledger, on: stage)
      jam.letGo()
      var outcomes: [Bool] = []
      for task in jam.tasks { outcomes.append((try? await task.value) != nil) }
      #expect(outcomes == [true, false, true, false, true])
      await ledger.close()
    }
  }

  @Test func theQueueIsBounded() async throws {
    try await FileStage.run { stage in
      let file = try LedgerFile(path: stage.path, durability: .full)
      let ledger = stage.open(file) { $0.waiting = 3 }
      // One is being written, three wait.
      let jam = await Jam(file, beginning: (0..<4).map { "s\($0)" }, in: ledger, on: stage)
      let failure = await #expect(throws: LedgerFailure.self) { try await ledger.begin(.sample("one too many")) }
      #expect(failure?.code == .overloaded)
      jam.letGo()
      for task in jam.tasks { _ = try await task.value }
      _ = try await ledger.begin(.sample("later"))
      await ledger.close()
    }
  }

  @Test func aFileThatDoesNotAnswerHoldsNobodyUp() async throws {
    try await FileStage.run { stage in
      let file = try LedgerFile(path: stage.path, durability: .full)
      let ledger = stage.open(file)
      let jam = await Jam(file, beginning: (0..<3).map { "s\($0)" }, in: ledger, on: stage)
      await stage.clock.waitForSleepers(1)
      stage.clock.advance(by: SQLiteLedger.Bounds().patience)
      for task in jam.tasks {
        let failure = await #expect(throws: LedgerFailure.self) { try await task.value }
        #expect(failure?.code == .unavailable)
      }
      let failure = await #expect(throws: LedgerFailure.self) { try await ledger.begin(.sample("meanwhile")) }
      #expect(failure?.code == .unavailable)
      jam.letGo()
      while await ledger.isStalled { await Task.yield() }
      // What was being written may have been written; what waited was not.
      let sessions = try await ledger.orphans(for: RelayID(rawValue: "r2")).map(\.intent.session)
      #expect(sessions == ["s0"])
      await ledger.close()
    }
  }

  @Test func closingWritesWhatWaits() async throws {
    try await FileStage.run { stage in
      let file = try LedgerFile(path: stage.path, durability: .full)
      let ledger = stage.open(file)
      let jam = await Jam(file, beginning: (0..<5).map { "s\($0)" }, in: ledger, on: stage)
      let closing = stage.loop.spawn { await ledger.close() }
      jam.letGo()
      for task in jam.tasks { _ = try await task.value }
      await closing.value
      let failure = await #expect(throws: LedgerFailure.self) { try await ledger.begin(.sample("late")) }
      #expect(failure?.code == .unavailable)
      await ledger.close()
    }
  }
}

extension SQLiteLedger {
  var isStalled: Bool { if case .stalled = activity { true } else { false } }

  /// How many requests were not answered yet.
  var pendingCount: Int {
    if case .writing(_, let continuations) = activity { continuations.count + waiting.count } else { waiting.count }
  }
}
