// The three families of D-ID streams.

/// What kind of presenter a stream shows; the `kind` option of a session.
enum DIDStreamKind: String, CaseIterable {
  /// A photo (`source_url`).
  case talk
  /// A recorded presenter (`presenter_id`).
  case clip
  /// An agent with its own presenter and voice.
  case agent
}
