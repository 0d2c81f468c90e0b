// A session that may be open at a provider and that no client has any more.
import AvatarProvider
import Ledger
import Timekeeping

/// A session that still has to end. It takes the place of a session until it is known to be over.
struct Leftover {
  enum Kind {
    /// Its end was not confirmed yet.
    case named(ProviderSession.Handle)
    /// It was asked for at that time and the reply was never seen.
    case unseen(since: WallTime)
  }

  let provider: ProviderID
  let kind: Kind
  let lease: Lease?
  /// When its provider's own limits have ended it in any case.
  let until: MonotonicInstant
  /// What is being done about it.
  var task: Task<Void, Never>?
}
