// Checks which secrets are good.
import Signaling
import Testing

@testable import Relay

@Suite struct ResumeSecretsTests {
  private func digest(_ value: String) -> SecretDigest { SecretDigest(of: ResumeSecret(value: value)) }

  @Test("Two secrets are good between a resume and the client's next word, one otherwise")
  func rotation() {
    var secrets = ResumeSecrets.settled(digest("a"))
    #expect(secrets.accepts(digest("a")))
    #expect(!secrets.accepts(digest("b")))
    secrets.rotate(from: digest("a"), to: digest("b"))
    #expect(secrets.accepts(digest("a")) && secrets.accepts(digest("b")))
    // With the new one: it arrived, and the older is void.
    var other = secrets
    other.rotate(from: digest("b"), to: digest("c"))
    #expect(!other.accepts(digest("a")) && other.accepts(digest("b")) && other.accepts(digest("c")))
    // With the old one: the new one never arrived.
    secrets.rotate(from: digest("a"), to: digest("d"))
    #expect(secrets.accepts(digest("a")) && !secrets.accepts(digest("b")) && secrets.accepts(digest("d")))
    secrets.settle()
    secrets.settle()
    #expect(secrets == .settled(digest("d")))
  }

  @Test("A digest is SHA-256, compares all of its bytes, and is not shown")
  func digests() {
    // FIPS 180-4's example "abc", as NIST publishes it.
    let abc = digest("abc")
    #expect(abc.bytes.prefix(4) == [0xBA, 0x78, 0x16, 0xBF] && abc.bytes.count == 32)
    for index in 0..<32 {
      var bytes = abc.bytes
      bytes[index] ^= 1
      #expect(!abc.matches(SecretDigest(bytes: bytes)))
    }
    #expect(abc.matches(SecretDigest(bytes: abc.bytes)))
    #expect(!abc.matches(SecretDigest(bytes: [])))
    #expect("\(abc) \(String(reflecting: abc))" == "(digest) (digest)")
  }
}
