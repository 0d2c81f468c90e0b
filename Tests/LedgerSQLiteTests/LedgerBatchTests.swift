// What waits is written together, in order and within bounds; a file that does not answer holds nobody up.
import Ledger
import LedgerTestSupport
import Testing
import Transport

@testable import LedgerSQLite

@Suite(.timeLimit(.minutes(1))) struct LedgerBatchTests {
  @Test func whatWaitsIsWrittenTogether() async throws {
    try await FileStage.run { stage in
      let file = try LedgerFile(path: stage.path, durability: .full)
      let ledger = stage.open(file)
      _ = try await ledger.begin(.sample("first"))
      let before = try stage.commitCount
      let jam = await Jam(file, beginning: (0..<100).map { "s\($0)" }, in: ledger, on: stage)
      jam.letGo()
      for task in jam.tasks { _ = try await task.value }
      // The first that came was being written alone when the others came.
      #expect(try stage.commitCount - before == 2)
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

  /// Talks of several sessions share a commit; the facts of each are all there or not at all, in the order asked.
  @Test func aTalkThatIsRefusedSpoilsNoOther() async throws {
    try await FileStage.run { stage in
      let file = try LedgerFile(path: stage.path, durability: .full)
      let ledger = stage.open(file)
      let leases = try await open(["a", "b", "c"], in: ledger)
      _ = try await ledger.claim("b", by: RelayID(rawValue: "r2"), .byClient(request: 1))
      try await ledger.record([.sampleClosed], of: "c", under: leases[2])
      let before = try stage.commitCount
      let jam = await Jam(
        file,
        recording: [
          ([.sampleSpeak(1)], "a", leases[0]),
          ([.sampleSpeak(1)], "b", leases[1]),
          ([.speakEnded(request: 1, .unknown), .sampleSpeak(2)], "a", leases[0]),
          ([.sampleSpeak(1)], "c", leases[2]),
          ([.sampleSpeak(1)], "nobody", leases[0]),
          ([.speakEnded(request: 2, .refused(kind: "k")), .sampleSpeak(3)], "a", leases[0]),
        ], in: ledger, on: stage)
      jam.letGo()
      var outcomes: [LedgerFailure.Code?] = []
      for task in jam.tasks { outcomes.append(await Self.failure(of: task)?.code) }
      #expect(outcomes == [nil, .fenced, nil, .illegalFact, .unknownSession, nil])
      // The first that came was being written alone when the others came.
      #expect(try stage.commitCount - before == 2)
      let speaks = try await ledger.session("a")?.speaks
      #expect(speaks?.map(\.request) == [1, 2, 3])
      #expect(speaks?.map(\.outcome) == [.unknown, .refused(kind: "k"), nil])
      for session in ["b", "c"] { #expect(try await ledger.session(session)?.speaks == []) }
      await ledger.close()
    }
  }

  /// What could not be committed is nobody's success, however far it came before the disk was full.
  @Test func aFullDiskFailsWhoeverWasInTheBatch() async throws {
    try await FileStage.run { stage in
      let file = try LedgerFile(path: stage.path, durability: .full)
      let ledger = stage.open(file)
      let leases = try await open(["a", "b"], in: ledger)
      try await ledger.limitPages(to: nil)
      // More than one page's worth of talks, after one that fits by itself.
      let asked = (1...200).map { number in
        let isEven = number.isMultiple(of: 2)
        return (facts: [LedgerFact.sampleSpeak(Int64(number))], session: isEven ? "a" : "b", lease: leases[isEven ? 0 : 1])
      }
      let jam = await Jam(file, recording: asked, in: ledger, on: stage)
      jam.letGo()
      var codes: [LedgerFailure.Code?] = []
      for task in jam.tasks { codes.append(await Self.failure(of: task)?.code) }
      #expect(codes.first == .some(nil))
      #expect(codes.dropFirst().allSatisfy { $0 == .full })
      #expect(try await ledger.session("a")?.speaks == [])
      #expect(try await ledger.session("b")?.speaks.map(\.request) == [1])
      try await ledger.limitPages(to: 1_000_000)
      for (facts, session, lease) in asked { try await ledger.record(facts, of: session, under: lease) }
      #expect(try await ledger.session("a")?.speaks.count == 100)
      await ledger.close()
    }
  }

  private func open(_ sessions: [String], in ledger: SQLiteLedger) async throws -> [Lease] {
    var leases: [Lease] = []
    for session in sessions {
      leases.append(try await ledger.begin(.sample(session)))
      try await ledger.record([.sampleOpened], of: session, under: leases[leases.count - 1])
    }
    return leases
  }

  private static func failure(of task: Task<Void, any Error>) async -> LedgerFailure? {
    do { try await task.value } catch { return error as? LedgerFailure }
    return nil
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
      while await ledger.isStalled, !Task.isCancelled { await Task.yield() }
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
    if case .writing(_, let calls) = activity { calls.count + waiting.count } else { waiting.count }
  }
}
