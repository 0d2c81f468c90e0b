// By what a session is named at its provider.

/// The parts of an adapter's handle. They may hold cookies and tokens of the session, so nothing here is printed, and a
/// store keeps its files from other users.
public struct ProviderHandle: Sendable, Hashable, Codable, CustomStringConvertible, CustomReflectable {
  /// The provider's own id of the session; the only part by which it may be looked for.
  public var id: String
  public var routing: String
  public var contract: String

  public init(id: String, routing: String = "", contract: String = "") {
    self.id = id
    self.routing = routing
    self.contract = contract
  }

  public var description: String { "(provider handle)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
