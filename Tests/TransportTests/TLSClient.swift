// A TLS client of which a test sees the bytes.
import Glibc

/// `openssl s_client` on pipes.
final class TLSClient {
  private let child: ChildProcess
  private var buffer: [UInt8] = []

  init(port: Int, protocols: String = "http/1.1") throws {
    child = try ChildProcess(
      "/usr/bin/openssl",
      ["s_client", "-connect", "127.0.0.1:\(port)", "-servername", "localhost", "-alpn", protocols, "-ign_eof"])
  }

  func send(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(child.input, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR else { return }
      rest = rest.dropFirst(max(0, count))
    }
  }

  private func fill() -> Bool {
    var block = [UInt8](repeating: 0, count: 65536)
    var count = -1
    repeat {
      count = Glibc.read(child.output, &block, block.count)
    } while count < 0 && errno == EINTR
    guard count > 0 else { return false }
    buffer += block.prefix(count)
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
