// Makes log lines: as text for people on a terminal, as JSON for programs, and few of what strangers cause.
import Foundation
import Logging
import StrictJSON

/// Writes each log record as one line. Line breaks in a value are escaped and a value with spaces stands in quotation
/// marks, so no input can forge a line or another field.
public struct LineLogHandler: LogHandler {
  /// How a line looks.
  public enum Format: Sendable { case text, json }
  /// Makes the text of a line that stands for so many.
  public typealias Text = @Sendable (_ count: Int) -> String

  private let label: String
  private let format: Format
  private let write: @Sendable (String) -> Void
  private let writeFew: @Sendable (_ kind: String, _ text: @escaping Text) -> Void
  public var metadata: Logger.Metadata = [:]
  public var logLevel: Logger.Level

  /// Makes a handler.
  /// - Parameters:
  ///   - write: takes a finished line with its line break.
  ///   - writeFew: takes what strangers cause as often as they like, and writes few lines that stand for many; nil writes each.
  public init(
    label: String, format: Format, level: Logger.Level, write: @escaping @Sendable (String) -> Void,
    writeFew: (@Sendable (_ kind: String, _ text: @escaping Text) -> Void)? = nil
  ) {
    self.label = label
    self.format = format
    logLevel = level
    self.write = write
    self.writeFew = writeFew ?? { _, text in write(text(1)) }
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var merged = metadata.merging(event.metadata ?? [:]) { $1 }
    let isOfStrangers = merged.removeValue(forKey: Logger.ofStrangersKey) != nil
    let details = merged.map { ($0, $1) }.sorted { $0.0 < $1.0 }
    let (label, format, level, message, date) = (label, format, event.level, event.message.description, Date())
    guard isOfStrangers else { return write(Self.line(label, format, level, message, details, date)) }
    writeFew(message) { count in
      Self.line(label, format, level, message, details + (count > 1 ? [("count", .stringConvertible(count))] : []), date)
    }
  }

  /// The line that says that lines were dropped, since nobody read those before them.
  public static func lossLine(_ count: Int, label: String, format: Format) -> String {
    line(label, format, .error, "log lines were dropped", [("count", .stringConvertible(count))], Date())
  }

  private static func line(
    _ label: String, _ format: Format, _ level: Logger.Level, _ message: String, _ details: [(String, Logger.MetadataValue)],
    _ date: Date
  ) -> String {
    let time = timestamp.format(date)
    switch format {
    case .text:
      let details = details.map { " \($0)=\(quoted($1.description))" }.joined()
      return oneLine("\(time) \(level.rawValue.uppercased()) \(label): \(message)\(details)") + "\n"
    case .json:
      var record: JSONObject = [
        "time": .string(time), "level": .string(level.rawValue), "label": .string(label), "message": .string(message),
      ]
      for (key, value) in details {
        // What a record is made of is not for metadata to replace.
        record[record[key] == nil ? key : "metadata.\(key)"] = json(value)
      }
      return JSONValue.object(record).text + "\n"
    }
  }

  /// A number that was given as one is a number; everything else is its text.
  private static func json(_ value: Logger.MetadataValue) -> JSONValue {
    guard case .stringConvertible(let some) = value else { return .string(value.description) }
    return switch some {
    case let integer as any BinaryInteger: Int64(exactly: integer).map { .integer($0) } ?? .string("\(some)")
    case let number as Double where number.isFinite: .number(number)
    default: .string("\(some)")
    }
  }

  private static let timestamp = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  /// A value as it stands after its name: in quotation marks, and with backslashes before those within, unless it is
  /// one word.
  private static func quoted(_ value: String) -> String {
    let isWord = !value.isEmpty && !value.unicodeScalars.contains { $0.properties.isWhitespace || "\"=\\".unicodeScalars.contains($0) }
    guard !isWord else { return value }
    return "\"" + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  /// True for what ends a line, steers a terminal or turns the direction of its text: control characters, the separators
  /// of Unicode and its invisible format characters.
  private static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  private static func oneLine(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnprintable) else { return text }
    return text.unicodeScalars.map { isUnprintable($0) ? "\\u{\(String($0.value, radix: 16))}" : String($0) }.joined()
  }
}

extension Logger {
  /// The key in a line's metadata that says so.
  static let ofStrangersKey = "ofStrangers"

  /// For what strangers cause as often as they like: whoever writes such lines writes few of them and counts the rest.
  public var ofStrangers: Logger {
    var logger = self
    logger[metadataKey: Self.ofStrangersKey] = "true"
    return logger
  }
}
