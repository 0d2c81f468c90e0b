// What only a HeyGen session has.

/// What HeyGen's lists tell of a session.
struct HeyGenDetails {
  /// How a session's media is reached.
  enum Media {
    /// The server's offer.
    case peerConnection
    /// A room that the mock grants and does not run.
    case room
  }

  let media: Media
  let avatar: String
  let voice: String
  let language: String?
}
