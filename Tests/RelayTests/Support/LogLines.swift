// A log that a test can read.
import Logging

/// Keeps every line; lives on the test's executor.
actor LogLines {
  private nonisolated let executor: HandExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private var kept: [String] = []

  init(_ executor: HandExecutor) { self.executor = executor }

  nonisolated func add(_ line: String) { assumeIsolated { $0.kept.append(line) } }
  nonisolated var lines: [String] { assumeIsolated { $0.kept } }

  /// Writes into the lines, at every level.
  struct Handler: LogHandler {
    let lines: LogLines
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
      let members = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      lines.add(([event.level.rawValue, "\(event.message)"] + members).joined(separator: " "))
    }
  }
}
