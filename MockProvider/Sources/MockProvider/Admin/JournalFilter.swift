// Which journal entries the control surface lists.

/// A choice of entries; nil members choose all.
struct JournalFilter: Equatable {
  var session: String?
  var call: CallName?
  /// Only requests that were none of the vendors' calls.
  var onlyUnmatched = false

  func admits(_ entry: JournalEntry) -> Bool {
    if onlyUnmatched, entry.call != nil { return false }
    if let session, entry.session != session { return false }
    return call == nil || entry.call == call
  }
}
