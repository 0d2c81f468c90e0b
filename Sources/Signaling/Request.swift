// A request as it arrives.

/// One request of a client: its id and what it asks.
public struct Request: Sendable, Hashable {
  public var id: RequestID
  public var call: Call
  public init(id: RequestID, call: Call) {
    self.id = id
    self.call = call
  }
}
