// Replays the corpus of the peer's fuzzers, with seeded variants of each input.
import TestSupport
import Testing

@Suite("Peer: fuzz corpus")
struct PeerFuzzCorpusTests {
  static let targets = ["stun", "dtls", "sctp", "rtp", "rtcp", "answer"]

  @Test(arguments: targets)
  func everyFileAndItsVariants(target: String) throws {
    let files = FuzzCorpus.files(of: target)
    #expect(files.count >= 2)
    for file in files { try FuzzCorpus.replay(file) { try PeerFuzzProperties.check(target, $0) } }
  }
}
