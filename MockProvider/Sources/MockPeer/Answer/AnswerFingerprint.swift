// A certificate's fingerprint in an SDP answer.

/// `a=fingerprint` (RFC 8122 section 5) by one of the functions that are not broken.
struct AnswerFingerprint: Hashable {
  enum Function: String, CaseIterable {
    case sha256 = "sha-256"
    case sha384 = "sha-384"
    case sha512 = "sha-512"

    var byteCount: Int {
      switch self {
      case .sha256: 32
      case .sha384: 48
      case .sha512: 64
      }
    }
  }

  let function: Function
  let bytes: [UInt8]

  /// - Parameter value: as in `sha-256 AB:CD:…`.
  /// - Returns: nil for another function or a value of another length.
  init?(_ value: String) {
    let parts = value.split(separator: " ", omittingEmptySubsequences: true)
    guard parts.count == 2, let function = Function(rawValue: parts[0].lowercased()) else { return nil }
    let bytes = parts[1].split(separator: ":", omittingEmptySubsequences: false).map { pair in
      pair.utf8.count == 2 ? UInt8(pair, radix: 16) : nil
    }
    guard bytes.count == function.byteCount, bytes.allSatisfy({ $0 != nil }) else { return nil }
    self.function = function
    self.bytes = bytes.compactMap { $0 }
  }
}
