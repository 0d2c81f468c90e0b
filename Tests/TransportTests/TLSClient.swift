// A TLS client of which a test sees the bytes.
import TestSupport

/// `openssl s_client` on pipes.
final class TLSClient {
  private let process: ChildProcess
  private var buffer: [UInt8] = []

  init(port: Int, protocols: String = "http/1.1", arguments: [String] = []) throws {
    process = try ChildProcess(
      [
        "openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-servername", "localhost", "-alpn", protocols,
        "-ign_eof",
      ]
        + arguments)
  }

  func send(_ bytes: [UInt8]) { process.write(bytes) }

  private func fill() -> Bool {
    guard let block = process.read() else { return false }
    buffer += block
    return true
  }

  /// Reads until the bytes contain a text, and gives all before its end; nil at the end of the output.
  func read(through text: String) -> String? {
    let wanted = Array(text.utf8)
    while true {
      if let range = buffer.firstRange(of: wanted) {
        defer { buffer.removeFirst(range.upperBound) }
        return String(decoding: buffer[..<range.upperBound], as: UTF8.self)
      }
      guard fill() else { return nil }
    }
  }

  /// Reads that many bytes.
  func read(_ count: Int) -> [UInt8]? {
    while buffer.count < count { guard fill() else { return nil } }
    defer { buffer.removeFirst(count) }
    return Array(buffer.prefix(count))
  }
}
