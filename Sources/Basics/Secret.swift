// Keeps a provider key out of logs, errors and encoded values.

/// A secret that cannot be printed, encoded, compared or logged; only an adapter's request builder reads it.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let value: String

  public init(_ value: String) { self.value = value }

  /// Calls `body` with the secret. Nothing but the building of an authenticated request may call this.
  public func reveal<Result>(_ body: (String) throws -> Result) rethrows -> Result { try body(value) }

  public var description: String { "(secret)" }
  public var debugDescription: String { "(secret)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
