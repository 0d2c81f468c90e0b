// Checks which key files are read, with those that the openssl program writes.
import Foundation
import TestSupport
import Testing

@testable import Cryptography

@Suite struct KeyFileTests {
  /// What `openssl` prints.
  private func openssl(_ arguments: [String], input: [UInt8] = []) throws -> [UInt8] {
    let child = try ChildProcess(["openssl"] + arguments)
    child.write(input)
    child.endInput()
    var output: [UInt8] = []
    while let bytes = child.read() { output += bytes }
    #expect(child.end() == 0, "openssl \(arguments)")
    return Array(String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines).utf8)
  }

  /// The commands of docs/operations.md.
  @Test(arguments: [
    (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], SignatureKey.Kind.p256),
    (["-algorithm", "ed25519"], .ed25519),
  ])
  func keysOfBothKindsAreRead(arguments: [String], kind: SignatureKey.Kind) throws {
    let file = try openssl(["genpkey"] + arguments)
    let pair = try #require(SignatureKey(pem: file))
    let key = try #require(SignatureKey(pem: try openssl(["pkey", "-pubout"], input: file)))
    #expect(pair.kind == kind && pair.isPrivate)
    #expect(key.kind == kind && !key.isPrivate && key.publicBytes == pair.publicBytes)
    let signature = try #require(pair.signature(of: [1, 2, 3]))
    #expect(key.isValid(signature, of: [1, 2, 3]))
  }

  @Test func theOlderFormOfECKeysIsRead() throws {
    let file = try openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout"])
    #expect(String(decoding: file, as: UTF8.self).hasPrefix("-----BEGIN EC PRIVATE KEY-----"))
    #expect(SignatureKey(pem: file)?.isPrivate == true)
  }

  @Test(arguments: [
    ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    // Parameters that are spelled out.
    ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"],
    ["-algorithm", "x25519"], ["-algorithm", "ed448"],
  ])
  func keysOfOtherKindsAreRefused(arguments: [String]) throws {
    let file = try openssl(["genpkey"] + arguments)
    #expect(SignatureKey(pem: file) == nil)
    #expect(SignatureKey(pem: try openssl(["pkey", "-pubout"], input: file)) == nil)
  }

  @Test func otherTextsAreRefused() throws {
    let file = try openssl(["genpkey", "-algorithm", "ed25519"])
    let text = String(decoding: file, as: UTF8.self)
    let publicKey = String(decoding: try openssl(["pkey", "-pubout"], input: file), as: UTF8.self)
    let encrypted = try openssl(["pkey", "-aes128", "-passout", "pass:word"], input: file)
    let older = try openssl(
      ["ec", "-aes128", "-passout", "pass:word"], input: try openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout"]))
    #expect(String(decoding: older, as: UTF8.self).hasPrefix("-----BEGIN EC PRIVATE KEY-----"))
    for other in [encrypted, older] + [
      "\(text)\n\(text)", "\(text)\n\(publicKey)", "\(publicKey)\n\(text)", "\(text)\nmore", "more\n\(text)",
      text.replacingOccurrences(of: "PRIVATE", with: "PUBLIC"), publicKey.replacingOccurrences(of: "PUBLIC", with: "PRIVATE"),
      text.replacingOccurrences(of: "\nMC4", with: "\nMC5"), String(text.dropLast(30)), "",
    ].map({ Array($0.utf8) }) {
      #expect(SignatureKey(pem: other) == nil, "\(String(decoding: other, as: UTF8.self).prefix(30))")
    }
  }
}
