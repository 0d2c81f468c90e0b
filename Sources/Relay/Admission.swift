// Whether sessions may be opened at all.

/// What the operator said last about new sessions.
public enum Admission: String, Sendable, Hashable {
  case open
  case paused
}
