// Sends what a program logs to its standard error, whoever reads that.
import Glibc
import LogLines
import Logging
import Transport

/// The log of a process. Lines go through a bounded room to a thread of their own (``LineWriter``): nothing waits for
/// whoever reads them, and what finds no room is counted.
public struct ProgramLog: Sendable {
  /// Writes lines of the program's own name.
  public let logger: Logger
  private let writer: LineWriter

  /// Makes every logger of the process write here. To be called once.
  /// - Parameters:
  ///   - label: the program's name.
  ///   - format: nil for lines for people where standard error is a terminal, and JSON elsewhere.
  public static func start(label: String, format: LineLogHandler.Format?, level: Logger.Level) -> ProgramLog {
    let format = format ?? (isatty(STDERR_FILENO) == 1 ? .text : .json)
    let writer = LineWriter(descriptor: STDERR_FILENO) { LineLogHandler.lossLine($0, label: label, format: format) }
    LoggingSystem.bootstrap { label in
      LineLogHandler(
        label: label, format: format, level: level, write: { writer.write($0) }, writeFew: { writer.write($0, $1) })
    }
    return ProgramLog(logger: Logger(label: label), writer: writer)
  }

  /// Waits until everything that came so far is written: before the program ends.
  /// - Parameter time: how long at most, for a reader that does not read.
  public func flush(within time: Duration = .seconds(1)) { writer.flush(within: time) }
}
