// Replays the corpus of the fuzzer of records, with seeded variants of each input.
import Ledger
import LedgerTestSupport
import TestSupport
import Testing

@testable import LedgerRedis

@Suite struct RecordCorpusTests {
  static let records = FuzzCorpus.files(of: "record")

  @Test(arguments: records)
  func record(file: String) throws { try FuzzCorpus.replay(file, RecordProperties.record) }

  /// Otherwise the fuzzer would begin with nothing that can be read.
  @Test func theCorpusHasRecordsThatAreRead() throws {
    let read = try Self.records.filter { (try? RecordDocument(bytes: FuzzCorpus.bytes(of: $0))) != nil }
    #expect(Self.records.count >= 4 && read.count >= 2)
  }
}
