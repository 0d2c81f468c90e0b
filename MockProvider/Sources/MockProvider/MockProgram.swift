// The life of the mock as a program: start, ready line, end.
import Glibc
import Logging
import StrictJSON
import TalkingAvatar
import Transport

/// Runs one mock until it is told to end.
public enum MockProgram {
  /// How much is logged to standard error.
  public enum LogLevel: String, Sendable, CaseIterable {
    case debug, info, warning, error
  }

  /// Why the program ends.
  private enum End: String {
    case signal, parent
  }

  /// Starts a mock, writes the ready line to standard output, and returns once the mock has ended: on SIGTERM, on
  /// SIGINT, or, if asked to, when the other end of standard input closes.
  /// - Parameter exitsWithParent: standard input is a pipe whose other end the parent holds: it is closed when the
  ///   parent ends, whatever killed it.
  /// - Throws: ``TransportError`` when the address cannot be listened on.
  public static func run(
    _ configuration: MockConfiguration, logLevel: LogLevel = .info, exitsWithParent: Bool = false
  ) async throws {
    LargeBlocks.mapAlone()
    LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    var logger = Logger(label: "mock-provider")
    logger.logLevel = Logger.Level(rawValue: logLevel.rawValue) ?? .info
    let loop = try EventLoop()
    let (ends, end) = AsyncStream.makeStream(of: End.self, bufferingPolicy: .bufferingOldest(1))
    for number in [SIGTERM, SIGINT] { loop.onSignal(number) { end.yield(.signal) } }
    let mock: MockServer
    do { mock = try await MockServer.start(configuration, on: loop, logger: logger) } catch {
      await loop.stop()
      throw error
    }
    if exitsWithParent {
      loop.spawn { if await ParentWatch.isGone(by: loop.clock) { end.yield(.parent) } }
    }
    print(readyLine(mock.baseURL).text)
    fflush(nil)
    var reasons = ends.makeAsyncIterator()
    let reason = await reasons.next() ?? .signal
    logger.info("ending", metadata: ["reason": "\(reason.rawValue)"])
    await mock.stop()
    await loop.stop()
  }

  static func readyLine(_ baseURL: String) -> JSONValue {
    [
      "event": "ready", "url": .string(baseURL), "did": .string(baseURL), "heygen": .string(baseURL),
      "admin": .string(baseURL + AdminCommand.prefix),
    ]
  }
}
