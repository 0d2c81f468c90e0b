// A search for sessions whose names were never seen.

/// What a search of one provider must not take for lost.
struct Sweep {
  /// The provider's ids of sessions that were known at any time since the search began.
  var known: Set<String> = []
  let task: Task<Void, Never>
}
