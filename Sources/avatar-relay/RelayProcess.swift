// The life of the process: loop, server, signals, end.
import Foundation
import Logging
import RelayServer
import Transport

/// Runs a relay from start to signal.
enum RelayProcess {
  /// Starts the relay, says that it is ready, and returns when a signal has ended it cleanly.
  static func run(_ configuration: RelayConfiguration, ready: (RelayServer) -> ReadyLine) async throws {
    let logger = bootstrapLogging(configuration)
    let loop = try EventLoop()
    let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
    for number in [SIGTERM, SIGINT, SIGHUP] { loop.onSignal(number) { continuation.yield(number) } }
    let server: RelayServer
    do {
      let start = Task(executorPreference: loop) {
        try await RelayServer.start(configuration, on: loop, logger: logger)
      }
      server = try await start.value
    } catch {
      await loop.stop()
      throw error
    }
    let hadTerminal = isatty(STDIN_FILENO) == 1
    ready(server).write()
    for await number in signals {
      // A terminal that was closed says so by SIGHUP too; nobody could end the program from it any more.
      if number != SIGHUP || hadTerminal && isatty(STDIN_FILENO) == 0 {
        logger.notice("leaving", metadata: ["signal": "\(number)"])
        break
      }
      await server.reload()
    }
    await server.stop()
    await loop.stop()
  }

  private static func bootstrapLogging(_ configuration: RelayConfiguration) -> Logger {
    let isJSON: Bool
    switch configuration.logFormat {
    case .text: isJSON = false
    case .json: isJSON = true
    case .auto: isJSON = isatty(STDERR_FILENO) == 0
    }
    let level = configuration.logLevel
    LoggingSystem.bootstrap { LineLogHandler(label: $0, format: isJSON ? .json : .text, level: level) }
    return Logger(label: "avatar-relay")
  }
}
