// A Redis server that a test starts, restarts and ends.
import Foundation
import TestSupport

/// A server with a folder and a unix socket of its own. What it wrote survives ``kill()`` and ``start()``.
final class RedisServerProcess {
  let folder: URL
  private let options: [String]
  private var process: ChildProcess?

  var socket: String { folder.appendingPathComponent("s").path }

  init(_ options: [String] = []) throws {
    // A socket's path has at most 107 bytes.
    folder = URL(fileURLWithPath: "/tmp").appendingPathComponent("redis-\(UUID().uuidString.prefix(8))")
    self.options = options
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try start()
  }

  deinit {
    kill()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Starts the server and returns once it accepts connections.
  func start() throws {
    let process = try ChildProcess(
      [
        "redis-server", "--port", "0", "--unixsocket", socket, "--dir", folder.path, "--save", "", "--appendonly",
        "yes",
        "--appendfsync", "always",
      ] + options)
    var said = ""
    while !said.contains("eady to accept connections") {
      guard let bytes = process.read() else { throw POSIXError(.ECONNREFUSED) }
      said += String(decoding: bytes, as: UTF8.self)
    }
    self.process = process
  }

  /// Ends the server as a crash would.
  func kill() { signal(SIGKILL, thenForget: true) }
  /// The server answers nobody until ``goOn()``.
  func halt() { signal(SIGSTOP) }
  func goOn() { signal(SIGCONT) }

  private func signal(_ number: Int32, thenForget: Bool = false) {
    guard let process else { return }
    Foundation.kill(process.id, number)
    guard thenForget else { return }
    process.end()
    self.process = nil
  }

  /// Runs a command as an operator would.
  func command(_ words: String...) throws -> String {
    let client = try ChildProcess(["redis-cli", "-s", socket] + words)
    var said: [UInt8] = []
    while let bytes = client.read() { said += bytes }
    client.end()
    return String(decoding: said, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
