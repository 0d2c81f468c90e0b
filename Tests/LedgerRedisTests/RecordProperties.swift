// Says what must hold of every record that stands in Redis; `Tests/Fuzz/run` compiles this file into its fuzzer too.
import Ledger

@testable import LedgerRedis

/// The properties that the fuzzer of records looks for a counterexample of.
enum RecordProperties {
  struct Broken: Error { let what: String }

  /// Whatever stands there is refused, or read and written again without a change.
  static func record(_ bytes: [UInt8]) throws {
    guard let record = read(bytes) else { return }
    let written: [UInt8]
    do { written = try RecordDocument.bytes(of: record) } catch {
      throw Broken(what: "what was read cannot be written: \(error)")
    }
    guard read(written) == record else { throw Broken(what: "another record after writing it") }
    // What a relay does with a record that it finds; its numbers may be any.
    for now: Int64 in [0, 1_800_000_000_000, .max] {
      let now = WallTime(millisecondsSinceEpoch: now)
      let times = [record.intent.at, record.lastActiveAt, record.openedAt ?? now] + record.speaks.map(\.at)
      guard times.allSatisfy({ $0.age(at: now) >= .zero }) else { throw Broken(what: "younger than nothing") }
    }
    var failed = record
    try? failed.apply(.closeFailed)
  }

  private static func read(_ bytes: [UInt8]) -> SessionRecord? {
    (try? RecordDocument(bytes: bytes))?.record(owner: "relay", fence: 7)
  }
}
