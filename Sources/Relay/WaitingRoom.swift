// Who waits for a session, and for which provider.
import AvatarProvider
import Signaling
import Timekeeping

/// One queue a provider, first come first served. It knows no time but what it is told, and answers nobody.
struct WaitingRoom: Sendable {
  /// What is known of the provider's own places.
  private enum Door: Sendable {
    /// It takes sessions, as far as is known.
    case open
    /// It had no place; nobody asks again before then.
    case shut(until: MonotonicInstant)
    /// One asks whether it has a place by now.
    case tried
  }

  private struct Queue {
    var door = Door.open
    var waiting: [WaitingOpen] = []
  }

  /// The most that wait for one provider.
  private let limit: Int
  private var queues: [ProviderID: Queue] = [:]

  init(limit: Int) { self.limit = limit }

  /// How many wait.
  var count: Int { queues.values.reduce(0) { $0 + $1.waiting.count } }
  func count(where matches: (WaitingOpen) -> Bool) -> Int {
    queues.values.reduce(0) { $0 + $1.waiting.count(where: matches) }
  }

  /// Whether somebody who comes now has to wait, be there a place of our own or not.
  func isBusy(_ provider: ProviderID) -> Bool {
    guard limit > 0, let queue = queues[provider] else { return false }
    if !queue.waiting.isEmpty { return true }
    if case .open = queue.door { return false } else { return true }
  }

  /// When something is due that no event brings; nil if nothing is.
  func deadline(after now: MonotonicInstant) -> MonotonicInstant? {
    let reopenings = queues.values.compactMap { queue -> MonotonicInstant? in
      if case .shut(let end) = queue.door, end > now, !queue.waiting.isEmpty { end } else { nil }
    }
    return (queues.values.flatMap(\.waiting).map(\.deadline) + reopenings).min()
  }

  // MARK: Coming and going

  /// Somebody waits from now on.
  /// - Returns: false when there is no room.
  mutating func enter(_ open: WaitingOpen) -> Bool {
    guard queues[open.provider.id, default: Queue()].waiting.count < limit else { return false }
    queues[open.provider.id, default: Queue()].waiting.append(open)
    return true
  }

  /// The provider had no place for one whose turn it was: it waits again, before all who came after it.
  /// - Returns: false when there is no room.
  mutating func enterAgain(_ open: WaitingOpen, until reopening: MonotonicInstant) -> Bool {
    var queue = queues[open.provider.id, default: Queue()]
    queue.door = .shut(until: reopening)
    let hasRoom = queue.waiting.count < limit
    if hasRoom {
      let place = queue.waiting.firstIndex { $0.ticket > open.ticket } ?? queue.waiting.endIndex
      queue.waiting.insert(open, at: place)
    }
    queues[open.provider.id] = queue
    return hasRoom
  }

  /// The provider took a session, or failed for another reason than its places.
  mutating func opened(_ provider: ProviderID) {
    if case .tried = queues[provider]?.door { queues[provider]?.door = .open }
  }

  /// The one whose turn it was did not ask after all.
  mutating func notTried(_ provider: ProviderID, at now: MonotonicInstant) {
    if case .tried = queues[provider]?.door { queues[provider]?.door = .shut(until: now) }
  }

  /// A session of the provider ended: its place may be had at once.
  mutating func placeFreed(_ provider: ProviderID, at now: MonotonicInstant) {
    if case .shut = queues[provider]?.door { queues[provider]?.door = .shut(until: now) }
  }

  /// Takes away those who match.
  mutating func remove(where matches: (WaitingOpen) -> Bool) -> [WaitingOpen] {
    var removed: [WaitingOpen] = []
    for provider in queues.keys {
      removed += queues[provider]!.waiting.filter(matches)
      queues[provider]!.waiting.removeAll(where: matches)
    }
    return removed.sorted { $0.ticket < $1.ticket }
  }

  /// Takes away the next one whose turn it is; nil when it is nobody's.
  mutating func next(at now: MonotonicInstant, hasPlace: (ProviderID) -> Bool) -> WaitingOpen? {
    for (provider, queue) in queues.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      guard !queue.waiting.isEmpty, hasPlace(provider) else { continue }
      switch queue.door {
      case .open: break
      case .shut(let end) where end <= now: queues[provider]!.door = .tried
      case .shut, .tried: continue
      }
      return queues[provider]!.waiting.removeFirst()
    }
    return nil
  }

  /// Those whose position is another than they were told; they count as told.
  mutating func news() -> [(open: WaitingOpen, position: Int)] {
    var news: [(WaitingOpen, Int)] = []
    for provider in queues.keys {
      for (index, open) in queues[provider]!.waiting.enumerated() where open.announced != index + 1 {
        queues[provider]!.waiting[index].announced = index + 1
        news.append((open, index + 1))
      }
    }
    return news.sorted { $0.0.ticket < $1.0.ticket }
  }
}
