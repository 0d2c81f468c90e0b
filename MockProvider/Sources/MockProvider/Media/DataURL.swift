// A URL that is its own content (RFC 2397).
import Foundation

/// Decodes `data:` URLs.
enum DataURL {
  /// The bytes of a URL that begins with `data:`, decoded on another thread than the caller's.
  /// - Throws: `.malformedData`.
  @concurrent static func bytes(of url: String) async throws(MediaRefusal) -> [UInt8] {
    guard let comma = url.firstIndex(of: ","), let raw = PercentEncoding.bytes(of: url[url.index(after: comma)...])
    else { throw .malformedData }
    guard url[..<comma].lowercased().hasSuffix(";base64") else { return raw }
    // Browsers take base64 without its padding, too.
    let padding = Array(
      repeating: UInt8(ascii: "="), count: raw.last == UInt8(ascii: "=") ? 0 : (4 - raw.count % 4) % 4)
    guard let data = Data(base64Encoded: Data(raw + padding)) else { throw .malformedData }
    return Array(data)
  }
}
