// Says whether an address is one of a range that an operator named.
import Basics

/// One address, or a block of addresses with the same beginning: `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32` (RFC 4632,
/// RFC 4291 section 2.3).
public struct AddressRange: Sendable, Hashable {
  private let bytes: [UInt8]
  private let prefixLength: Int

  /// - Parameter text: a numeric address, or a block; nil for anything else, and for a block with bits beyond its prefix,
  ///   since its author meant something smaller.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = SocketAddress(host: String(parts[0]), port: 0) else { return nil }
    let bytes = address.addressBytes
    var length = 8 * bytes.count
    if parts.count == 2 {
      guard parts[1].utf8.allSatisfy(\.isDecimalDigit), let number = Int(parts[1]), number <= length else { return nil }
      length = number
    }
    guard bytes == Self.prefix(length, of: bytes) else { return nil }
    self.bytes = bytes
    prefixLength = length
  }

  /// - Parameter address: a numeric address, with or without a zone; no other text is contained.
  public func contains(_ address: String) -> Bool {
    guard let address = SocketAddress(host: String(address.prefix { $0 != "%" }), port: 0)?.addressBytes else {
      return false
    }
    return address.count == bytes.count && Self.prefix(prefixLength, of: address) == bytes
  }

  private static func prefix(_ length: Int, of bytes: [UInt8]) -> [UInt8] {
    bytes.enumerated().map { index, byte in
      let kept = min(8, max(0, length - 8 * index))
      return byte & UInt8(truncatingIfNeeded: 0xFF00 >> kept)
    }
  }
}
