// Checks keys and signatures against the standards' examples, and what no key and no signature may be.
import CCryptography
import Testing

@testable import Cryptography

@Suite struct SignatureKeyTests {
  /// RFC 6979 appendix A.2.5: a key, and its signature of "sample" with SHA-256.
  private let number = bytes("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
  private let x = bytes("60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6")
  private let y = bytes("7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299")
  private let first = bytes("EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716")
  private let second = bytes("F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8")
  private let sample = Array("sample".utf8)
  /// The order of P-256 (SP 800-186 section 3.2.1.3).
  private let order = bytes("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551")
  private let zero = [UInt8](repeating: 0, count: 32)

  @Test func p256IsTheStandards() throws {
    let key = try #require(SignatureKey(p256X: x, y: y))
    #expect(key.kind == .p256 && !key.isPrivate && key.publicBytes == x + y)
    #expect(key.isValid(first + second, of: sample))
    #expect(!key.isValid(first + second, of: Array("samplf".utf8)))
    #expect(key.signature(of: sample) == nil)

    let pair = try #require(SignatureKey(p256PrivateNumber: number))
    #expect(pair.isPrivate && pair.publicBytes == x + y)
    // A third of the signatures has a number with a leading zero, or one that DER puts a zero before.
    for count in 0..<64 {
      let text = [UInt8](repeating: 7, count: count)
      let signature = try #require(pair.signature(of: text))
      #expect(signature.count == SignatureKey.signatureByteCount)
      #expect(key.isValid(signature, of: text) && pair.isValid(signature, of: text))
      #expect(!key.isValid(signature, of: text + [7]))
    }
  }

  /// RFC 8032 section 7.1, tests 1 and 2.
  @Test(arguments: [
    (
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", [UInt8](),
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    ),
    (
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", [0x72],
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    ),
  ])
  func ed25519IsTheStandards(seed: String, publicKey: String, text: [UInt8], signature: String) throws {
    let pair = try #require(SignatureKey(ed25519Seed: bytes(seed)))
    #expect(pair.kind == .ed25519 && pair.isPrivate && pair.publicBytes == bytes(publicKey))
    #expect(pair.signature(of: text) == bytes(signature))
    let key = try #require(SignatureKey(ed25519Public: bytes(publicKey)))
    #expect(!key.isPrivate && key.signature(of: text) == nil)
    #expect(key.isValid(bytes(signature), of: text))
    #expect(!key.isValid(bytes(signature), of: text + [0]))
    for index in 0..<SignatureKey.signatureByteCount {
      var other = bytes(signature)
      other[index] ^= 1
      #expect(!key.isValid(other, of: text), "byte \(index)")
    }
  }

  @Test func numbersOutOfRangeAreNoSignature() throws {
    let key = try #require(SignatureKey(p256X: x, y: y))
    let all = [UInt8](repeating: 0xFF, count: 32)
    for numbers in [
      zero + zero, first + zero, zero + second, first + order, order + second, all + all, order + order,
      second + first,
    ] { #expect(!key.isValid(numbers, of: sample)) }
    // Another length, and the form that certificates have.
    let encoded = [0x30, 0x46, 0x02, 0x21, 0x00] + first + [0x02, 0x21, 0x00] + second
    for other in [[], first, (first + second).dropLast(), first + second + [0], encoded] {
      #expect(!key.isValid(Array(other), of: sample))
    }
  }

  @Test func numbersOutOfRangeAreNoKey() {
    var beside = y
    beside[31] ^= 1
    for (x, y) in [(x, beside), (y, x), (zero, zero), (order, y), ([], []), (x, y + [0]), (Array(x.dropLast()), y)] {
      #expect(SignatureKey(p256X: x, y: y) == nil)
    }
    var above = order
    above[31] += 1
    for number in [zero, order, above, [UInt8](repeating: 0xFF, count: 32), [], [1], number + [0]] {
      #expect(SignatureKey(p256PrivateNumber: number) == nil)
    }
    #expect(SignatureKey(ed25519Public: Array(x.dropLast())) == nil && SignatureKey(ed25519Seed: x + [0]) == nil)
  }

  /// Whoever speaks TLS on this thread next reads the list of errors, and takes what stands there for its own.
  @Test func failuresLeaveNoErrorBehind() throws {
    let key = try #require(SignatureKey(p256X: x, y: y))
    ERR_clear_error()
    #expect(!key.isValid(zero + zero, of: sample))
    #expect(SignatureKey(p256X: zero, y: zero) == nil && SignatureKey(p256PrivateNumber: zero) == nil)
    #expect(throws: KeyFileRefusal.damaged) {
      try KeyFile.key(Array("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----".utf8))
    }
    #expect(throws: KeyFileRefusal.damaged) { try KeyFile.key([0x30, 0x03, 0x02, 0x01, 0x00]) }
    #expect(ERR_peek_error() == 0)
  }

  @Test func nothingShowsAKey() throws {
    let key = try #require(SignatureKey(ed25519Seed: number))
    var shown = "\(key)"
    dump(key, to: &shown)
    #expect(shown.contains("ed25519 key") && !shown.contains("201") && !shown.contains("0x"))
  }
}
