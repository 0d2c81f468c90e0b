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
    return output
  }

  /// The commands of docs/operations.md.
  @Test(arguments: [
    (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], SignatureKey.Kind.p256),
    (["-algorithm", "ed25519"], .ed25519),
  ])
  func keysOfBothKindsAreRead(arguments: [String], kind: SignatureKey.Kind) throws {
    let file = try openssl(["genpkey"] + arguments)
    let pair = try KeyFile.key(file)
    let publicFile = try openssl(["pkey", "-pubout"], input: file)
    let key = try KeyFile.key(publicFile)
    #expect(pair.kind == kind && pair.isPrivate)
    #expect(key.kind == kind && !key.isPrivate && key.publicBytes == pair.publicBytes)
    let signature = try #require(pair.signature(of: [1, 2, 3]))
    #expect(key.isValid(signature, of: [1, 2, 3]))
    let der = try openssl(["pkey", "-pubout", "-outform", "DER"], input: file)
    #expect(key.fingerprint == SHA256.digest(of: der) && pair.fingerprint == key.fingerprint)
  }

  /// What other tools make of the same key.
  @Test(arguments: [["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], ["-algorithm", "ed25519"]])
  func keysInOtherFormsAreRead(arguments: [String]) throws {
    let pair = try openssl(["genpkey"] + arguments)
    for options in [[], ["-pubout"]] {
      let file = try openssl(["pkey"] + options, input: pair)
      let der = try openssl(["pkey"] + options + ["-outform", "DER"], input: pair)
      let text = String(decoding: file, as: UTF8.self)
      let lines = text.split(separator: "\n")
      let base64 = lines.dropFirst().dropLast().joined()
      let characters = base64.map { "\($0)" }
      let wide = text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
      let forms = [
        "# our key\nkid: 1\n\(text)\nmore", "\u{FEFF}\(text)", text.replacing("\n", with: "\r\n"),
        lines.map { "  \t\($0)  " }.joined(separator: "\n"), lines.joined(separator: "\\n"), lines.joined(separator: " "),
        "\(lines[0])\n\(base64)\n\(lines.last!)", "\(lines[0])\n\(characters.joined(separator: "\n"))\n\(lines.last!)",
        base64, base64.trimmingCharacters(in: ["="]), "{\"key\": \"\(base64)\"}",
      ].map { Array($0.utf8) } + [der, der + [0x0A], wide, [0xFF, 0xFE] + wide, [0, 0x0A] + wide]
      let key = try KeyFile.key(file)
      for (index, form) in forms.enumerated() {
        let other = try KeyFile.key(form)
        #expect(other.fingerprint == key.fingerprint && other.isPrivate == key.isPrivate, "form \(index)")
      }
    }
  }

  /// A coordinate may end in a byte that is white space in a text.
  @Test func aKeyMayEndInALineBreak() throws {
    let der = try #require(
      Data(base64Encoded: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvvOi+0tsihTFdC+/CHLMHFZl6FcjBHItA/inxW++4Lr2/Cu1x7caNy3HYIEgI7eE3uM0i2DOgEdW/3qrgeu4Cg==").map { [UInt8]($0) })
    let key = try KeyFile.key(der)
    #expect(der.last == 0x0A && !key.isPrivate)
    for around in [der + [0x0A], der + [0x0D, 0x0A], [0x20] + der] {
      #expect(try KeyFile.key(around).fingerprint == key.fingerprint)
    }
    #expect(throws: KeyFileRefusal.damaged) { try KeyFile.key(Array(der.dropLast())) }
  }

  @Test func theOlderFormOfECKeysIsRead() throws {
    let key = try openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout"])
    #expect(String(decoding: key, as: UTF8.self).hasPrefix("-----BEGIN EC PRIVATE KEY-----"))
    #expect(try KeyFile.key(key).isPrivate)
    // The parameters of the curve stand before the key.
    let both = try openssl(["ecparam", "-name", "prime256v1", "-genkey"])
    #expect(String(decoding: both, as: UTF8.self).hasPrefix("-----BEGIN EC PARAMETERS-----"))
    #expect(try KeyFile.key(both).isPrivate)
  }

  @Test(arguments: [
    (["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], KeyFileRefusal.rsa),
    (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], .otherCurve),
    (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"], .otherCurve),
    // Parameters that are spelled out.
    (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"], .otherCurve),
    (["-algorithm", "x25519"], .otherAlgorithm), (["-algorithm", "ed448"], .otherAlgorithm),
  ])
  func keysOfOtherKindsAreRefused(arguments: [String], refusal: KeyFileRefusal) throws {
    let file = try openssl(["genpkey"] + arguments)
    #expect(throws: refusal) { try KeyFile.key(file) }
    #expect(throws: refusal) { try KeyFile.key(try openssl(["pkey", "-pubout"], input: file)) }
    for form in [[], ["-pubout"]] {
      #expect(throws: refusal) { try KeyFile.key(try openssl(["pkey", "-outform", "DER"] + form, input: file)) }
    }
  }

  @Test func otherTextsAreRefusedByName() throws {
    let file = try openssl(["genpkey", "-algorithm", "ed25519"])
    let text = String(decoding: file, as: UTF8.self)
    let publicKey = String(decoding: try openssl(["pkey", "-pubout"], input: file), as: UTF8.self)
    let encrypted = try openssl(["pkey", "-aes128", "-passout", "pass:word"], input: file)
    let encryptedDER = try openssl(["pkcs8", "-topk8", "-outform", "DER", "-v2", "aes128", "-passout", "pass:word"], input: file)
    let older = try openssl(
      ["ec", "-aes128", "-passout", "pass:word"], input: try openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout"]))
    #expect(String(decoding: older, as: UTF8.self).hasPrefix("-----BEGIN EC PRIVATE KEY-----"))
    let rsa = try openssl(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"])
    let path = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)").path
    try Data(file).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    func certificate(_ options: [String]) throws -> [UInt8] {
      try openssl(["req", "-new", "-key", path, "-subj", "/CN=a"] + options)
    }
    let rows: [([UInt8], KeyFileRefusal)] = [
      (encrypted, .encrypted), (older, .encrypted), (encryptedDER, .encrypted),
      (Array("\(text)\n\(text)".utf8), .several), (Array("\(text)\n\(publicKey)".utf8), .several),
      (Array("\(publicKey)\n\(text)".utf8), .several),
      (try certificate(["-x509"]), .certificate), (try certificate(["-x509", "-outform", "DER"]), .certificate),
      (try certificate([]), .certificateRequest), (try certificate(["-outform", "DER"]), .certificateRequest),
      (try openssl(["rsa", "-traditional"], input: rsa), .rsa),
      (try openssl(["rsa", "-traditional", "-outform", "DER"], input: rsa), .rsa),
      (try openssl(["rsa", "-RSAPublicKey_out"], input: rsa), .rsa),
      (try openssl(["rsa", "-RSAPublicKey_out", "-outform", "DER"], input: rsa), .rsa),
      (Array("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----".utf8), .ssh),
      (Array("-----BEGIN PGP MESSAGE-----\nAAAA\n-----END PGP MESSAGE-----".utf8), .otherBlock),
      (Array("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----".utf8), .otherBlock),
      (Array(text.replacing("PRIVATE", with: "PUBLIC").utf8), .damaged),
      (Array(publicKey.replacing("PUBLIC", with: "PRIVATE").utf8), .damaged),
      (Array(text.replacing("\nMC4", with: "\nMC5").utf8), .damaged), (Array(text.dropLast(30).utf8), .damaged),
      (Array(text.replacing("-", with: "").utf8), .damaged),
      ([], .noKey), (Array("a secret that is long enough to be one".utf8), .noKey),
    ]
    for (index, (content, refusal)) in rows.enumerated() {
      #expect(throws: refusal, "row \(index)") { try KeyFile.key(content) }
    }
  }
}
