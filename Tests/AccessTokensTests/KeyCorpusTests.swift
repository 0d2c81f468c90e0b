// Replays the corpus of the fuzzers of keys, with seeded variants of each input.
import TestSupport
import Testing

@Suite struct KeyCorpusTests {
  static let files = FuzzCorpus.files(of: "pem")
  static let sets = FuzzCorpus.files(of: "jwks")

  @Test func thereIsACorpus() { #expect(Self.files.count >= 10 && Self.sets.count >= 5) }

  @Test(arguments: files)
  func keyFile(file: String) throws { try FuzzCorpus.replay(file, KeyProperties.file) }

  @Test(arguments: sets)
  func keySet(file: String) throws { try FuzzCorpus.replay(file, KeyProperties.set) }
}
