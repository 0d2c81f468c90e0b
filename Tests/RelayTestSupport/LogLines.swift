// Keeps the log of a test.
import Logging

/// Keeps every line; lives on the test's executor.
public actor LogLines {
  private nonisolated let executor: HandExecutor
  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private var kept: [String] = []

  public init(_ executor: HandExecutor) { self.executor = executor }

  nonisolated func add(_ line: String) { assumeIsolated { $0.kept.append(line) } }
  public nonisolated var lines: [String] { assumeIsolated { $0.kept } }

  /// Writes into the lines.
  public struct Handler: LogHandler {
    let lines: LogLines
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]

    public init(lines: LogLines, logLevel: Logger.Level = .trace) {
      self.lines = lines
      self.logLevel = logLevel
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    public func log(event: LogEvent) {
      let members = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      lines.add(([event.level.rawValue, "\(event.message)"] + members).joined(separator: " "))
    }
  }
}
