// Writes log lines on standard error: as text for people on a terminal, as JSON for programs.
import Foundation
import Logging
import StrictJSON

/// Writes each log record as one line. Line breaks in a value are escaped, so no input can forge a line.
public struct LineLogHandler: LogHandler {
  /// How a line looks.
  public enum Format: Sendable { case text, json }

  private let label: String
  private let format: Format
  private let write: @Sendable (String) -> Void
  public var metadata: Logger.Metadata = [:]
  public var logLevel: Logger.Level

  /// Makes a handler.
  /// - Parameter write: takes a finished line with its line break; standard error by default.
  public init(
    label: String, format: Format, level: Logger.Level, write: @escaping @Sendable (String) -> Void = Self.standardError
  ) {
    self.label = label
    self.format = format
    logLevel = level
    self.write = write
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    let merged = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
    let time = Self.timestamp.format(Date())
    switch format {
    case .text:
      let details = merged.map { " \($0)=\($1)" }.joined()
      let line = "\(time) \(event.level.rawValue.uppercased()) \(label): \(event.message)\(details)"
      write(Self.oneLine(line) + "\n")
    case .json:
      var record: JSONObject = [
        "time": .string(time), "level": .string(event.level.rawValue), "label": .string(label),
        "message": .string(event.message.description),
      ]
      for (key, value) in merged { record[key] = .string(value.description) }
      write(JSONValue.object(record).text + "\n")
    }
  }

  /// One write a line, so that lines of several processes do not mix. What cannot be written is lost: a reader that
  /// went away or a full disk must not end the sessions.
  public static func standardError(_ line: String) {
    try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
  }

  private static let timestamp = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  /// True for what ends a line or steers a terminal: control characters and the separators of Unicode.
  private static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  private static func oneLine(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnprintable) else { return text }
    return text.unicodeScalars.map { isUnprintable($0) ? "\\u{\(String($0.value, radix: 16))}" : String($0) }.joined()
  }
}
