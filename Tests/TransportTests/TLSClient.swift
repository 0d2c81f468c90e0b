// A TLS client of which a test sees the bytes.
import Foundation
import Glibc

/// `openssl s_client` on pipes.
final class TLSClient {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var buffer: [UInt8] = []

  init(port: Int, protocols: String = "http/1.1", arguments: [String] = []) throws {
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments =
      ["s_client", "-connect", "127.0.0.1:\(port)", "-servername", "localhost", "-alpn", protocols, "-ign_eof"] + arguments
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    // A write to a client that has ended is an error and not the end of the tests.
    signal(SIGPIPE, SIG_IGN)
    try process.run()
  }

  deinit { process.terminate() }

  func send(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(input.fileHandleForWriting.fileDescriptor, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR else { return }
      rest = rest.dropFirst(max(0, count))
    }
  }

  private func fill() -> Bool {
    var block = [UInt8](repeating: 0, count: 65536)
    var count = -1
    repeat { count = Glibc.read(output.fileHandleForReading.fileDescriptor, &block, block.count) } while count < 0 && errno == EINTR
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
