// Checks digests and authentication codes against the standards' examples.
import Cryptography
import Testing

@Suite struct DigestTests {
  /// FIPS 180-4, in NIST's examples.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func digestsAreTheStandards(text: String, digest: String) {
    #expect(SHA256.digest(of: Array(text.utf8)) == bytes(digest))
  }

  /// RFC 4231, test cases 1, 2 and 6.
  @Test(arguments: [
    (
      [UInt8](repeating: 0x0B, count: 20), "Hi There",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      [UInt8](repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
  ])
  func codesAreTheStandards(secret: [UInt8], text: String, code: String) {
    let text = Array(text.utf8)
    #expect(HMACSHA256.code(of: text, secret: secret) == bytes(code))
    #expect(HMACSHA256.isValid(bytes(code), of: text, secret: secret))
  }

  @Test func noOtherCodeIsValid() {
    let secret = Array("secret".utf8)
    let code = HMACSHA256.code(of: [1, 2, 3], secret: secret)
    for index in code.indices {
      var other = code
      other[index] ^= 1
      #expect(!HMACSHA256.isValid(other, of: [1, 2, 3], secret: secret))
    }
    #expect(!HMACSHA256.isValid([], of: [1, 2, 3], secret: secret))
    #expect(!HMACSHA256.isValid(code.dropLast(), of: [1, 2, 3], secret: secret))
    #expect(!HMACSHA256.isValid(code + [0], of: [1, 2, 3], secret: secret))
    #expect(!HMACSHA256.isValid(code, of: [1, 2, 3], secret: secret + [0xFF]))
    #expect(HMACSHA256.code(of: [], secret: []).count == SHA256.byteCount)
  }

  @Test func onlyTheSameSecretIsEqual() {
    func areEqual(_ one: String, _ other: String) -> Bool {
      ConstantTime.areEqual(Array(one.utf8), Array(other.utf8))
    }
    #expect(areEqual("abc", "abc") && areEqual("", ""))
    #expect(!areEqual("abc", "abd") && !areEqual("abc", "ab") && !areEqual("", "a"))
  }
}

/// The bytes of hexadecimal digits.
func bytes(_ digits: String) -> [UInt8] {
  let digits = digits.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
