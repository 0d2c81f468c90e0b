// Which sessions the control surface lists.

/// A choice of sessions; nil members choose all.
struct SessionFilter: Equatable {
  /// The word of a state, or `open` for all that are not ended.
  enum State: String, CaseIterable {
    case open, new, connecting, connected, disconnected, ended
  }

  var vendor: Vendor?
  var state: State?

  func admits(_ session: SessionSnapshot) -> Bool {
    if let vendor, session.vendor != vendor.rawValue { return false }
    switch state {
    case nil: return true
    case .open: return session.isOpen
    case let state?: return session.stateName == state.rawValue
    }
  }
}
