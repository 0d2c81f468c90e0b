// Holds the sessions that no client has any more, and keeps how many each provider may have open of them.
import AvatarProvider
import Ledger
import Signaling
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

/// All sessions that no client has and that may be open.
struct LeftoverTable {
  /// One whose name was never seen, and when its provider was asked for it.
  struct Unseen: Hashable {
    let session: SessionID
    let since: WallTime
  }

  private var leftovers: [SessionID: Leftover] = [:]
  private(set) var countAt = Tally<ProviderID>()
  private var unseen: [ProviderID: [Unseen]] = [:]

  var count: Int { leftovers.count }

  subscript(session: SessionID) -> Leftover? { leftovers[session] }

  /// All of them, in no order.
  var all: some Sequence<(key: SessionID, value: Leftover)> { leftovers }

  /// Those at a provider whose names were never seen, oldest first.
  func unseen(at provider: ProviderID) -> [Unseen] { unseen[provider] ?? [] }

  mutating func insert(_ session: SessionID, _ leftover: Leftover) {
    _ = remove(session)
    leftovers[session] = leftover
    countAt.add(1, to: leftover.provider)
    guard case .unseen(let since) = leftover.kind else { return }
    let new = Unseen(session: session, since: since)
    // Nearly always the latest comes last.
    let index = unseen(at: leftover.provider).lastIndex { Self.isOlder($0, new) }.map { $0 + 1 } ?? 0
    unseen[leftover.provider, default: []].insert(new, at: index)
  }

  mutating func remove(_ session: SessionID) -> Leftover? {
    guard let leftover = leftovers.removeValue(forKey: session) else { return nil }
    countAt.add(-1, to: leftover.provider)
    if case .unseen = leftover.kind { unseen[leftover.provider]?.removeAll { $0.session == session } }
    return leftover
  }

  private static func isOlder(_ one: Unseen, _ other: Unseen) -> Bool {
    (one.since, one.session.rawValue) < (other.since, other.session.rawValue)
  }
}
