// The key that a caller has to show, kept from being printed.

/// A key that the mock demands. It takes part in comparisons only; printing it shows nothing of it.
public struct DemandedKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let value: String

  public init(_ value: String) { self.value = value }

  /// True for exactly this key.
  func admits(_ presented: String) -> Bool { presented == value }

  /// True for this key and for the key with a suffix after a dot, as D-ID's client keys have one.
  func admitsClientKey(_ presented: String) -> Bool { presented == value || presented.hasPrefix(value + ".") }

  public var description: String { "(key)" }
  public var debugDescription: String { "(key)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
