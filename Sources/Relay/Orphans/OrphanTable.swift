// Holds the sessions that no client has any more, and keeps how many each provider may have open of them.
import AvatarProvider
import Ledger
import Signaling
import Timekeeping

/// A session that still has to end. It takes the place of a session until it is known to be over.
struct Orphan {
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
struct OrphanTable {
  /// One whose name was never seen, and when its provider was asked for it.
  struct Unseen: Hashable {
    let session: SessionID
    let since: WallTime
  }

  private var orphans: [SessionID: Orphan] = [:]
  private(set) var countAt = Tally<ProviderID>()
  private var unseen: [ProviderID: [Unseen]] = [:]

  var count: Int { orphans.count }

  subscript(session: SessionID) -> Orphan? { orphans[session] }

  /// All of them, in no order.
  var all: some Sequence<(key: SessionID, value: Orphan)> { orphans }

  /// Those at a provider whose names were never seen, oldest first.
  func unseen(at provider: ProviderID) -> [Unseen] { unseen[provider] ?? [] }

  mutating func insert(_ session: SessionID, _ orphan: Orphan) {
    _ = remove(session)
    orphans[session] = orphan
    countAt.add(1, to: orphan.provider)
    guard case .unseen(let since) = orphan.kind else { return }
    let new = Unseen(session: session, since: since)
    // Nearly always the latest comes last.
    let index = unseen(at: orphan.provider).lastIndex { Self.isOlder($0, new) }.map { $0 + 1 } ?? 0
    unseen[orphan.provider, default: []].insert(new, at: index)
  }

  mutating func remove(_ session: SessionID) -> Orphan? {
    guard let orphan = orphans.removeValue(forKey: session) else { return nil }
    countAt.add(-1, to: orphan.provider)
    if case .unseen = orphan.kind { unseen[orphan.provider]?.removeAll { $0.session == session } }
    return orphan
  }

  private static func isOlder(_ one: Unseen, _ other: Unseen) -> Bool {
    (one.since, one.session.rawValue) < (other.since, other.session.rawValue)
  }
}
