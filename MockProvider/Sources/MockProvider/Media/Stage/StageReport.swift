// What a session's media tells the mock.

/// Something that changes the session itself.
struct StageReport: Sendable, Equatable {
  enum Event: Sendable, Equatable {
    /// The browser gives no sign of life any more.
    case lost
    /// The browser asked on the data channel for this talk to be cut off.
    case interrupted(talk: String)
  }

  let session: String
  let event: Event
}
