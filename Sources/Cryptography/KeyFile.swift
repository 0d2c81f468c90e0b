// Reads a file with one key in whatever form other tools gave it, or says by name what the file is instead.
import Basics

/// A file with one key: PEM (RFC 7468) with anything around it, DER, or base64 of DER.
public enum KeyFile {
  /// The key of a file's content.
  /// - Throws: ``KeyFileRefusal``; `.noKey` only where nothing looks like a key.
  public static func key(_ content: [UInt8]) throws(KeyFileRefusal) -> SignatureKey {
    let bytes = Array(content.drop(while: \.isASCIIWhitespace))
    if let key = KeyEncoding.whole(bytes) { return try KeyEncoding.key(key) }
    guard KeyEncoding.extent(of: bytes) == nil else { throw .damaged }
    let text = plainText(of: Array(bytes.trimmingWhitespace()))
    guard !text.contains("-----BEGIN ") else { return try PEM.key(in: text) }
    if sshMarks.contains(where: text.contains) { throw .ssh }
    // What is left of a PEM block whose lines were changed.
    if ["PUBLIC KEY", "PRIVATE KEY", "BEGIN CERTIFICATE"].contains(where: text.contains) { throw .damaged }
    return try bareKey(in: text)
  }

  /// Whether the bytes are text whose characters have two bytes or four each, as editors of Windows write it.
  public static func isWideText(_ content: [UInt8]) -> Bool {
    content.starts(with: [0xFF, 0xFE]) || content.starts(with: [0xFE, 0xFF])
      || content.count > 8 && content.count { $0 == 0 } * 5 >= content.count * 2
  }

  /// The characters of ASCII text, whatever its encoding: those of UTF-16 and UTF-32 are the same with zeros between
  /// them. What stands before the text to say so goes, too.
  public static func plainText(of bytes: [UInt8]) -> String {
    var text = bytes
    for mark: [UInt8] in [[0xEF, 0xBB, 0xBF], [0xFF, 0xFE], [0xFE, 0xFF]] where text.starts(with: mark) {
      text.removeFirst(mark.count)
    }
    return String(decoding: text.filter { $0 != 0 }, as: UTF8.self)
  }

  /// A line of `authorized_keys` (RFC 4253 section 6.6), with the beginnings of its base64, and other files of such keys.
  private static let sshMarks = [
    "ssh-rsa ", "ssh-dss ", "ssh-ed25519 ", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "AAAAB3NzaC1", "AAAAC3NzaC1",
    "AAAAE2VjZHNhLXNoYTIt", "BEGIN SSH2", "PuTTY-User-Key-File",
  ]

  /// A key in base64 or hexadecimal digits without a line that says so: the whole text, or a word in it.
  private static func bareKey(in text: String) throws(KeyFileRefusal) -> SignatureKey {
    let words = text.utf8.split { !isBase64($0) }.filter { $0.count >= 24 }.map { Array($0) }
    let whole = text.utf8.filter { !$0.isASCIIWhitespace }
    var keys = Set<[UInt8]>()
    for word in [whole] + words {
      for bytes in [Base64.decode(word), Hexadecimal.bytesInEitherCase(String(decoding: word, as: UTF8.self))] {
        if let bytes, KeyEncoding.extent(of: bytes) == .whole { keys.insert(bytes) }
      }
    }
    if let bytes = keys.first { return keys.count == 1 ? try KeyEncoding.key(bytes) : try refuse(.several) }
    // A line of a longer text.
    for word in words {
      let beginning = Base64.decode(word.prefix(word.count / 4 * 4))
      if let beginning, KeyEncoding.extent(of: beginning) != nil { throw .damaged }
    }
    throw .noKey
  }

  private static func refuse(_ refusal: KeyFileRefusal) throws(KeyFileRefusal) -> SignatureKey { throw refusal }

  private static func isBase64(_ byte: UInt8) -> Bool { Base64URL.isCharacter(byte) || "+/".utf8.contains(byte) }
}

/// base64 as files have it (RFC 4648): in both alphabets, with and without padding.
private enum Base64 {
  static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard padding <= 2 else { return nil }
    return Base64URL.decode(
      text.dropLast(padding).map { byte in
        switch byte {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        default: byte
        }
      })
  }
}

/// Blocks of PEM in a text.
private enum PEM {
  private struct Block {
    let label: Substring
    let body: Substring
  }

  /// The only key in the text; parameters of curves beside it count for nothing, since the key names its own.
  static func key(in text: String) throws(KeyFileRefusal) -> SignatureKey {
    let blocks = try blocks(in: text).filter { $0.label != "EC PARAMETERS" }
    for block in blocks {
      if let refusal = refusal(of: block.label) { throw refusal }
      // RFC 1421 section 4.6.1.1.
      if block.body.contains("ENCRYPTED") { throw .encrypted }
    }
    guard let block = blocks.first else { throw .otherBlock }
    guard blocks.count == 1 else { throw .several }
    guard let bytes = bytes(of: block.body) else { throw .damaged }
    let isPublic = block.label == "PUBLIC KEY"
    if let key = isPublic ? SignatureKey(publicDER: bytes) : SignatureKey(privateDER: bytes) { return key }
    throw KeyEncoding.refusal(of: bytes)
  }

  private static func blocks(in text: String) throws(KeyFileRefusal) -> [Block] {
    var blocks: [Block] = []
    var rest = text[...]
    while let begin = rest.firstRange(of: "-----BEGIN ") {
      rest = rest[begin.upperBound...]
      guard let dashes = rest.firstRange(of: "-----") else { throw .damaged }
      let label = rest[..<dashes.lowerBound]
      rest = rest[dashes.upperBound...]
      guard let end = rest.firstRange(of: "-----END \(label)-----") else { throw .damaged }
      blocks.append(Block(label: label, body: rest[..<end.lowerBound]))
      rest = rest[end.upperBound...]
    }
    return blocks
  }

  /// What a block is that holds no key for tokens; nil for one that may.
  private static func refusal(of label: Substring) -> KeyFileRefusal? {
    switch label {
    case "PUBLIC KEY", "PRIVATE KEY", "EC PRIVATE KEY": nil
    case "ENCRYPTED PRIVATE KEY": .encrypted
    case "RSA PRIVATE KEY", "RSA PUBLIC KEY": .rsa
    case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE": .certificate
    case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST": .certificateRequest
    case "OPENSSH PRIVATE KEY": .ssh
    case "DSA PRIVATE KEY": .otherAlgorithm
    default: .otherBlock
    }
  }

  /// White space has no meaning in a block, and neither have line breaks that a tool wrote as `\n`.
  private static func bytes(of body: Substring) -> [UInt8]? {
    let text = body.replacing("\\r", with: "").replacing("\\n", with: "")
    return Base64.decode(text.utf8.filter { !$0.isASCIIWhitespace })
  }
}
