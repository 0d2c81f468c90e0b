// The file keeps what it promises, and keeps it beyond the process.
import Foundation
import Ledger
import LedgerTestSupport
import SessionValues
import TestSupport
import Testing

@testable import LedgerSQLite

@Suite(.timeLimit(.minutes(1))) struct SQLiteLedgerTests {
  @Test(arguments: LedgerContract.Check.allCases)
  func keepsTheContract(check: LedgerContract.Check) async throws {
    try await FileStage.run { stage in
      let ledger = try stage.open()
      try await LedgerContract(ledger).run(check)
      await ledger.close()
    }
  }

  @Test func anotherLifeFindsEverything() async throws {
    try await FileStage.run { stage in
      let first = try stage.open()
      for session in ["a", "b", "c"] {
        let lease = try await first.begin(.sample(session))
        if session != "a" { try await first.record([.sampleOpened, .sampleSpeak(5)], of: session, under: lease) }
        if session == "c" { try await first.record([.sampleClosed], of: session, under: lease) }
      }
      let before = try await first.session("b")
      await first.close()

      let second = try stage.open()
      let next = RelayID(rawValue: "r2")
      let orphans = try await second.orphans(for: next)
      #expect(orphans.map(\.intent.session) == ["a", "b"])
      #expect(orphans.last == before)
      #expect(try await second.claim("b", by: next, .ifOrphaned).lease.fence == 2)
      #expect(try await second.orphans(for: next).map(\.intent.session) == ["a"])
      await second.close()
    }
  }

  /// What a relay of the first release left when it was killed with two open sessions: its file, as `sqlite3` says it in
  /// words (`.dump`).
  @Test func aFileOfTheFirstReleaseIsReadAndGoesOn() async throws {
    try await FileStage.run { stage in
      let dump = Checkout.root.appending(path: "Tests/Fixtures/ledger-3.sql")
      let old = try SQLiteConnection(path: stage.path, patience: .zero)
      try old.runScript(try String(contentsOf: dump, encoding: .utf8))
      old.close()
      let ledger = try stage.open()
      let next = RelayID(rawValue: "next")
      let orphans = try await ledger.orphans(for: next)
      #expect(orphans.map(\.intent.provider) == ["did", "heygen"])
      let did = try #require(orphans.first)
      #expect(did.handle?.id == "strm_CqCFYpvlj6P0i1QPgNzOS4SK" && did.handle?.routing.hasPrefix("AWSALB=") == true)
      #expect(did.terms?.negotiation == .providerOffers && did.terms?.capabilities?.ssml == true)
      #expect(did.secrets.count == 1 && did.iceState == "connected" && did.highestSpeak == 6)
      #expect(did.connectedAt == WallTime(millisecondsSinceEpoch: 1_796_046_416_561))
      #expect(
        did.speaks.map(\.outcome) == [
          .spoken(talk: "tlk_dvFPewuMaFLCLzIqhZpMZ", durationMs: 866),
          .spoken(talk: "tlk_B_UE6CJjtXQa5umREOkPV", durationMs: 800),
        ])
      let over = try #require(try await ledger.session("msb-NLOLilYowqpzG2tFAA"))
      #expect(over.ending == .closed && over.reason == "client" && over.speaks.map(\.request) == [5])
      let lease = try await ledger.claim(did.intent.session, by: next, .ifOrphaned).lease
      try await ledger.record([.sampleSpeak(7), .sampleClosed], of: did.intent.session, under: lease)
      #expect(try await ledger.session(did.intent.session)?.speaks.map(\.request) == [5, 6, 7])
      await ledger.close()
      #expect(stage.failureOfOpening() == nil)
    }
  }

  @Test func endedSessionsAreBounded() async throws {
    try await FileStage.run { stage in
      let ledger = try stage.open()
      let count = LedgerBounds.endedSessions
      // The lines are made by hand: what is tested is what one more end does.
      try await ledger.write { db in
        for number in 0..<count {
          var record = SessionRecord(.sample("old\(number)"))
          record.state = .ended
          try db.run(SessionRow.insertion, SessionRow(record).values)
        }
      }
      let lease = try await ledger.begin(.sample("open"))
      let last = try await ledger.begin(.sample("last"))
      try await ledger.record([.notOpened], of: "last", under: last)
      #expect(try await ledger.session("old0") == nil)
      #expect(try await ledger.session("old1") != nil)
      #expect(try await ledger.session("last")?.ending == .notOpened)
      try await ledger.record([.sampleClosed], of: "open", under: lease)
      #expect(try await ledger.session("old1") == nil)
      await ledger.close()
    }
  }

  @Test func aSecondProcessIsRefused() async throws {
    try await FileStage.run { stage in
      let first = try stage.open()
      let failure = try #require(stage.failureOfOpening())
      #expect(failure.code == .inUse)
      #expect(failure.message.contains(stage.path + ".lock"))
      await first.close()
    }
  }

  @Test func aBackUpIsTakenWhileItIsWritten() async throws {
    try await FileStage.run { stage in
      let ledger = try stage.open()
      _ = try await ledger.begin(.sample("s"))
      let copy = stage.folder.appendingPathComponent("copy.db").path
      // Another connection, as `sqlite3 ledger.db "VACUUM INTO 'copy.db'"` has one.
      try SQLiteConnection(path: stage.path, patience: .zero).run("VACUUM INTO '\(copy)'")
      _ = try await ledger.begin(.sample("later"))
      let restored = try SQLiteLedger(path: copy, executor: stage.loop, clock: stage.clock)
      #expect(try await restored.orphans(for: RelayID(rawValue: "r2")).map(\.intent.session) == ["s"])
      await restored.close()
      await ledger.close()
    }
  }

  @Test func onlyItsOwnerCanReadIt() async throws {
    try await FileStage.run { stage in
      let old = umask(0)
      defer { umask(old) }
      let ledger = try stage.open()
      _ = try await ledger.begin(.sample("s"))
      for file in try FileManager.default.contentsOfDirectory(atPath: stage.folder.path) {
        let path = stage.folder.appendingPathComponent(file).path
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600, "\(file) has mode \(String(mode ?? 0, radix: 8))")
      }
      await ledger.close()
      #expect(chmod(stage.path, 0o644) == 0)
      let again = try stage.open()
      let mode = try FileManager.default.attributesOfItem(atPath: stage.path)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      await again.close()
    }
  }

  @Test func whatOpensASessionIsGoneFromTheFileAfterItsEnd() async throws {
    try await FileStage.run { stage in
      let ledger = try stage.open()
      let lease = try await ledger.begin(.sample("s"))
      let handle = SessionHandle(id: "up1", routing: "canary-token-7b1e", contract: "v1")
      try await ledger.record(
        [.opened(handle, .sample, secrets: [], at: WallTime(millisecondsSinceEpoch: 1))], of: "s", under: lease)
      try await ledger.record([.sampleClosed], of: "s", under: lease)
      await ledger.close()
      #expect(!(try Data(contentsOf: URL(fileURLWithPath: stage.path))).contains("canary-token".utf8))
      #expect(!FileManager.default.fileExists(atPath: stage.path + "-wal"))
    }
  }
}

extension SQLiteLedger {
  /// Writes to the file past the ledger.
  func write(_ change: @Sendable (SQLiteConnection) throws -> Void) async throws {
    try await file.use { connection in try connection.transaction { try change(connection) } }
  }
}

extension Data {
  fileprivate func contains(_ bytes: some Collection<UInt8>) -> Bool { range(of: Data(bytes)) != nil }
}
