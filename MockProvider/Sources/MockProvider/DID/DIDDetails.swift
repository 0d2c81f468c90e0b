// What only a D-ID stream has: the session ids under which it is known.

/// The session ids of a stream. The replies carry refreshed ones, and D-ID's own clients go on with the first, so all
/// that were given out are good.
struct DIDDetails {
  /// Most refreshed ids that stay good; the oldest go first, the original never.
  static let refreshedLimit = 16

  let original: String
  private(set) var refreshed: [String] = []

  init(original: String) { self.original = original }

  func accepts(_ sessionID: String) -> Bool { sessionID == original || refreshed.contains(sessionID) }

  mutating func refresh(with sessionID: String) {
    refreshed.append(sessionID)
    if refreshed.count > Self.refreshedLimit { refreshed.removeFirst() }
  }
}
