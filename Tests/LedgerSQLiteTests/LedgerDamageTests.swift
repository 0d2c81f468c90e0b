// Disks that are full, files that are damaged, newer or somebody else's: a clear error, and nothing lost silently.
import Foundation
import Ledger
import LedgerTestSupport
import Testing

@testable import LedgerSQLite

@Suite(.timeLimit(.minutes(1))) struct LedgerDamageTests {
  @Test func noise() async throws {
    try await FileStage.run { stage in
      try Data((0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 31) }).write(to: URL(fileURLWithPath: stage.path))
      let failure = try #require(stage.failureOfOpening())
      #expect(failure.code == .corrupt)
      #expect(failure.message.contains("Restore a back-up, or move the file away"))
    }
  }

  @Test(arguments: [0.3, 0.6, 0.95])
  func aPageOverwritten(place: Double) async throws {
    try await FileStage.run { stage in
      try await write(300, on: stage)
      let file = try FileHandle(forUpdating: URL(fileURLWithPath: stage.path))
      let size = try file.seekToEnd()
      try file.seek(toOffset: UInt64(Double(size) * place))
      try file.write(contentsOf: Data(repeating: 0xA5, count: 6000))
      try file.close()
      #expect(stage.failureOfOpening()?.code == .corrupt)
    }
  }

  @Test func aFileCutOff() async throws {
    try await FileStage.run { stage in
      try await write(300, on: stage)
      let file = try FileHandle(forUpdating: URL(fileURLWithPath: stage.path))
      try file.truncate(atOffset: try file.seekToEnd() / 2)
      try file.close()
      #expect(stage.failureOfOpening()?.code == .corrupt)
    }
  }

  @Test func anotherProgramsDatabase() async throws {
    try await FileStage.run { stage in
      let other = try SQLiteConnection(path: stage.path, patience: .zero)
      try other.runScript("CREATE TABLE guest (name TEXT); INSERT INTO guest VALUES ('eve')")
      other.close()
      let failure = try #require(stage.failureOfOpening())
      #expect(failure.code == .corrupt && failure.message.contains("another program"))
      let guests = try SQLiteConnection(path: stage.path, patience: .zero)
      #expect(try guests.run("SELECT name FROM guest").map(\.values) == [[.text("eve")]])
    }
  }

  /// Whoever may write in the folder could name a file of somebody else's.
  @Test(arguments: ["", ".lock", "-wal", "-shm"], [true, false])
  func aLinkIsNotFollowed(ending: String, isSymbolic: Bool) async throws {
    try await FileStage.run { stage in
      let target = stage.folder.appending(path: "target").path
      try Data("somebody else's".utf8).write(to: URL(filePath: target))
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: target)
      if isSymbolic {
        try FileManager.default.createSymbolicLink(atPath: stage.path + ending, withDestinationPath: target)
      } else {
        try FileManager.default.linkItem(atPath: target, toPath: stage.path + ending)
      }
      let failure = try #require(stage.failureOfOpening())
      #expect(failure.code == .unavailable && failure.message.contains("is a link"))
      #expect(try Data(contentsOf: URL(filePath: target)) == Data("somebody else's".utf8))
      #expect(try FileManager.default.attributesOfItem(atPath: target)[.posixPermissions] as? Int == 0o644)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only the superuser gives files away"), arguments: ["", ".lock", "-wal"])
  func anotherUsersFile(ending: String) async throws {
    try await FileStage.run { stage in
      try Data().write(to: URL(filePath: stage.path + ending))
      try FileManager.default.setAttributes([.ownerAccountID: 65_534], ofItemAtPath: stage.path + ending)
      let failure = try #require(stage.failureOfOpening())
      #expect(failure.code == .unavailable && failure.message.contains("another user's"))
    }
  }

  @Test func aPipeIsNoLedger() async throws {
    try await FileStage.run { stage in
      #expect(mkfifo(stage.path, 0o600) == 0)
      #expect(stage.failureOfOpening()?.message.contains("is not a file") == true)
    }
  }

  @Test func aNewerVersion() async throws {
    try await FileStage.run { stage in
      let ledger = try stage.open()
      try await ledger.write { try $0.runScript("INSERT INTO grdb_migrations VALUES ('2 from tomorrow')") }
      await ledger.close()
      #expect(stage.failureOfOpening()?.code == .tooNew)
    }
  }

  @Test func aFolderThatIsNotThere() async throws {
    try await FileStage.run { stage in
      let path = stage.folder.appendingPathComponent("no/such/ledger.db").path
      let failure = #expect(throws: LedgerFailure.self) {
        try SQLiteLedger(path: path, executor: stage.loop, clock: stage.clock)
      }
      #expect(failure?.code == .unavailable)
      #expect(failure?.message.contains("No such file or directory") == true)
      #expect(throws: LedgerFailure.self) {
        try SQLiteLedger(path: stage.folder.path, executor: stage.loop, clock: stage.clock)
      }
    }
  }

  @Test func aLineThatCannotBeUnderstoodIsNoReasonToLoseOthers() async throws {
    try await FileStage.run { stage in
      let ledger = try stage.open()
      let bad = try await ledger.begin(.sample("bad"))
      let good = try await ledger.begin(.sample("good"))
      try await ledger.write { try $0.runScript("UPDATE session SET state = 'dreaming' WHERE session = 'bad'") }
      await expect(.corrupt) { try await ledger.record([.notOpened], of: "bad", under: bad) }
      await expect(.corrupt) { _ = try await ledger.orphans(for: RelayID(rawValue: "r2")) }
      try await ledger.record([.sampleOpened], of: "good", under: good)
      await ledger.close()
    }
  }

  /// A full disk refuses what needs room; when there is some again, everything goes on.
  @Test func aFullDiskAndThenRoom() async throws {
    try await FileStage.run { stage in
      let ledger = try stage.open()
      let lease = try await ledger.begin(.sample("s"))
      try await ledger.record([.sampleOpened], of: "s", under: lease)
      try await ledger.limitPages(to: nil)
      var refused = 0
      for number in 0..<200 {
        do throws(LedgerFailure) { _ = try await ledger.begin(.sample("more\(number)")) } catch {
          #expect(error.code == .full)
          #expect(error.message.contains("no room is left"))
          refused += 1
        }
      }
      #expect(refused > 100)
      #expect(try await ledger.session("s")?.handle == .sample)
      // An end needs no new page.
      try await ledger.record([.sampleClosed], of: "s", under: lease)
      try await ledger.limitPages(to: 1_000_000)
      _ = try await ledger.begin(.sample("again"))
      await ledger.close()
    }
  }

  @Test func aDiskThatBecameReadOnly() async throws {
    try await FileStage.run { stage in
      let ledger = try stage.open()
      let lease = try await ledger.begin(.sample("s"))
      try await ledger.outsideTransaction("PRAGMA query_only = ON")
      await expect(.readOnly) { try await ledger.record([.sampleOpened], of: "s", under: lease) }
      await expect(.readOnly) { _ = try await ledger.begin(.sample("t")) }
      try await ledger.outsideTransaction("PRAGMA query_only = OFF")
      #expect(try await ledger.session("s")?.state == .intended)
      try await ledger.record([.sampleOpened], of: "s", under: lease)
      await ledger.close()
    }
  }

  @Test func aTalkThatWasNotWrittenTakesNoPlace() async throws {
    try await FileStage.run { stage in
      let ledger = try stage.open()
      let lease = try await ledger.begin(.sample("s"))
      try await ledger.record([.sampleOpened], of: "s", under: lease)
      let count = Int64(LedgerBounds.speaksPerSession)
      for request in 1..<count { try await ledger.record([.sampleSpeak(request)], of: "s", under: lease) }
      let written: LedgerFile.Work = { tables in
        try tables.record([.sampleSpeak(count)], of: "s", under: lease)
        return {}
      }
      let failed: LedgerFile.Work = { _ in throw SQLiteError(code: 10, message: "a disk that fails") }
      await expect(.unavailable) { _ = try await ledger.file.carryOut([written, failed]) }
      try await ledger.record([.sampleSpeak(count)], of: "s", under: lease)
      #expect(try await ledger.session("s")?.speaks.map(\.request) == Array(1...count))
      await ledger.close()
    }
  }

  /// SQLite would cut such a name short, and two subjects would become one.
  @Test func aNameThatCannotBeKept() async throws {
    try await FileStage.run { stage in
      let ledger = try stage.open()
      var intent = SessionIntent.sample("s")
      intent.subject = "alice\u{0}eve"
      await expect(.illegalFact) { [intent] in _ = try await ledger.begin(intent) }
      #expect(try await ledger.session("s") == nil)
      await ledger.close()
    }
  }

  private func write(_ count: Int, on stage: FileStage) async throws {
    let ledger = try stage.open()
    for number in 0..<count {
      let lease = try await ledger.begin(.sample("s\(number)"))
      try await ledger.record([.sampleOpened], of: "s\(number)", under: lease)
    }
    await ledger.close()
  }

  private func expect(_ code: LedgerFailure.Code, _ body: () async throws -> Void) async {
    let failure = await #expect(throws: LedgerFailure.self) { try await body() }
    #expect(failure?.code == code)
  }
}

extension SQLiteLedger {
  func outsideTransaction(_ statement: String) async throws { try await file.use { _ = try $0.run(statement) } }

  /// As a disk of that size would; nil leaves what is used.
  func limitPages(to count: Int64?) async throws {
    try await file.use { connection in
      let count = try count ?? connection.integer("PRAGMA page_count") ?? 0
      try connection.run("PRAGMA max_page_count = \(count)")
    }
  }
}
