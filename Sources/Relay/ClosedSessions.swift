// The ids of sessions that are over.
import Signaling

/// The latest closed sessions, each with the connection that it belonged to.
struct ClosedSessions: Sendable {
  private let limit: Int
  private var owners: [SessionID: ConnectionID] = [:]
  /// A ring of the ids, so that the oldest is forgotten first.
  private var ring: [SessionID] = []
  private var next = 0

  init(limit: Int) { self.limit = limit }

  var count: Int { owners.count }

  func contains(_ session: SessionID, of connection: ConnectionID) -> Bool { owners[session] == connection }

  mutating func insert(_ session: SessionID, of connection: ConnectionID) {
    guard limit > 0, owners.updateValue(connection, forKey: session) == nil else { return }
    if ring.count < limit { return ring.append(session) }
    owners[ring[next]] = nil
    ring[next] = session
    next = (next + 1) % limit
  }
}
