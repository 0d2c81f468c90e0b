// The mock provider as a child process.
import Foundation
import RelayServer
import StrictJSON

/// A running `mock-provider`. It ends when its standard input does, so it cannot outlive this program.
struct MockChild {
  /// The base URL of both vendors' APIs.
  let url: String
  private let process: Process

  /// Starts the program on a port of its own and waits for its ready line.
  /// - Parameter options: the mock's own, besides where it listens.
  /// - Throws: `ConfigurationError` when it cannot be started or ends before it is ready.
  static func start(program: String, options: [String]) async throws -> MockChild {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["--port", "0", "--exit-with-parent"] + options
    process.standardInput = Pipe()
    process.standardOutput = output
    do { try process.run() } catch {
      throw ConfigurationError(
        .unreadableFile, "the mock provider cannot be started: \(program); build it with swift build")
    }
    var text = Data()
    for await byte in output.fileHandleForReading.bytesUntilEnd {
      guard byte == UInt8(ascii: "\n") else {
        text.append(byte)
        continue
      }
      if let ready = try? JSONParser.parse(Array(text)), ready["event"]?.string == "ready",
        let url = ready["url"]?.string
      {
        return MockChild(url: url, process: process)
      }
      text.removeAll()
    }
    throw ConfigurationError(.conflict, "the mock provider ended before it was ready")
  }

  /// Ends the child and waits for it.
  func end() {
    process.terminate()
    process.waitUntilExit()
  }
}

extension FileHandle {
  /// The bytes as they arrive, read off the calling thread.
  fileprivate var bytesUntilEnd: AsyncStream<UInt8> {
    AsyncStream { continuation in
      readabilityHandler = { handle in
        let data = handle.availableData
        for byte in data { continuation.yield(byte) }
        if data.isEmpty {
          handle.readabilityHandler = nil
          continuation.finish()
        }
      }
    }
  }
}
