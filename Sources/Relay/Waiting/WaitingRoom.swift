// Decides whose turn it is where more sessions are asked for than a provider has places.
import AvatarProvider
import Basics
import Signaling

/// A `session.open`, with all that is needed to carry it out later.
struct WaitingOpen: Sendable {
  /// Tells it from all others; who came later has a higher one.
  let ticket: UInt64
  let request: RequestID
  let connection: ConnectionID
  /// Whom the session will be counted for.
  let subject: Subject
  let provider: any AvatarProvider
  let plan: SessionPlan
  /// When the client is told that no place came free. Who came later is told later.
  let deadline: MonotonicInstant
  /// The provider's own words when it had no place.
  var refusal: SignalingError?
  /// The position that the client was told last; nil where it was told none.
  var announced: Int?
}

/// One queue a provider, first come first served. It knows no time but what it is told, and answers nobody.
struct WaitingRoom: Sendable {
  /// What is known of the provider's own places.
  enum Door: Sendable {
    /// It takes sessions, as far as is known.
    case open
    /// It had no place; nobody asks again before then.
    case shut(until: MonotonicInstant)
    /// One asks whether it has a place by now.
    case tried
  }

  struct Queue: Sendable {
    fileprivate(set) var door = Door.open
    /// By ticket, and so by deadline too.
    fileprivate(set) var waiting: [WaitingOpen] = []
    /// The tickets of those who were here, whose turn came and who may have to come back: they are before all who wait
    /// and came after them.
    fileprivate var asking: Set<UInt64> = []
    /// Before this index everybody knows the position.
    fileprivate var announced = 0

    /// One whose turn it was is back, or gone for good.
    fileprivate mutating func settle(_ open: WaitingOpen) {
      if asking.remove(open.ticket) != nil { announced = 0 }
    }

    fileprivate mutating func insert(_ open: WaitingOpen, at index: Int) {
      waiting.insert(open, at: index)
      announced = min(announced, index)
    }

    fileprivate mutating func removeFirst(_ count: Int) -> [WaitingOpen] {
      let removed = Array(waiting.prefix(count))
      waiting.removeFirst(count)
      if count > 0 { announced = 0 }
      return removed
    }

    fileprivate mutating func removeAll(where matches: (WaitingOpen) -> Bool) -> [WaitingOpen] {
      guard let first = waiting.firstIndex(where: matches) else { return [] }
      let removed = waiting[first...].filter(matches)
      waiting.removeAll(where: matches)
      announced = min(announced, first)
      return removed
    }
  }

  /// The most that wait for one provider.
  private let limit: Int
  /// The most of one subject that wait for one provider; nil for as many as there is room for.
  private let share: Int?
  private(set) var queues: [ProviderID: Queue] = [:]
  /// How many wait.
  private(set) var count = 0
  /// How many wait on each connection, and for each subject.
  private(set) var countOn = Tally<ConnectionID>()
  private(set) var countFor = Tally<Subject>()

  init(limit: Int, share: Int?) {
    self.limit = limit
    self.share = share
  }

  /// Why somebody may not wait.
  enum Obstacle: Sendable, Hashable {
    /// There is no room for anybody.
    case full
    /// Others could wait, but no more of this subject.
    case share
  }

  /// Why somebody may not wait; nil where there is room.
  func obstacle(to open: WaitingOpen) -> Obstacle? {
    let waiting = queues[open.provider.id]?.waiting ?? []
    guard waiting.count < limit else { return .full }
    guard let share, waiting.count(where: { $0.subject == open.subject }) >= share else { return nil }
    return .share
  }

  /// Whether somebody who comes now has to wait, even where the relay's own limits have a place.
  func isBusy(_ provider: ProviderID) -> Bool {
    guard limit > 0, let queue = queues[provider] else { return false }
    if !queue.waiting.isEmpty { return true }
    if case .open = queue.door { return false } else { return true }
  }

  /// When something is due that no event brings; nil if nothing is.
  func deadline(after now: MonotonicInstant) -> MonotonicInstant? {
    queues.values.flatMap { queue -> [MonotonicInstant] in
      guard let first = queue.waiting.first else { return [] }
      guard case .shut(let end) = queue.door, end > now else { return [first.deadline] }
      return [first.deadline, end]
    }.min()
  }

  // MARK: Coming and going

  /// Somebody waits from now on; ``obstacle(to:)`` found none.
  mutating func join(_ open: WaitingOpen) {
    queues[open.provider.id, default: Queue()].insert(open, at: queues[open.provider.id]?.waiting.count ?? 0)
    add(1, open)
  }

  /// The provider had no place for one whose turn it was: it waits again, before all who came after it.
  /// - Returns: false when there is no room.
  mutating func rejoin(_ open: WaitingOpen, until reopening: MonotonicInstant) -> Bool {
    let waiting = queues[open.provider.id]?.waiting ?? []
    let place = waiting.firstIndex { $0.ticket > open.ticket } ?? waiting.endIndex
    queues[open.provider.id, default: Queue()].door = .shut(until: reopening)
    queues[open.provider.id]?.settle(open)
    guard waiting.count < limit else { return false }
    queues[open.provider.id]?.insert(open, at: place)
    add(1, open)
    return true
  }

  /// The provider took a session, or failed for another reason than its places.
  mutating func opened(_ open: WaitingOpen) {
    let provider = open.provider.id
    queues[provider]?.settle(open)
    if case .tried = queues[provider]?.door { queues[provider]?.door = .open }
  }

  /// The one whose turn it was did not ask after all.
  mutating func notTried(_ open: WaitingOpen, at now: MonotonicInstant) {
    let provider = open.provider.id
    queues[provider]?.settle(open)
    if case .tried = queues[provider]?.door { queues[provider]?.door = .shut(until: now) }
  }

  /// A session of the provider ended: its place may be had at once.
  mutating func placeFreed(_ provider: ProviderID, at now: MonotonicInstant) {
    if case .shut = queues[provider]?.door { queues[provider]?.door = .shut(until: now) }
  }

  /// Takes away those that wait on a connection.
  mutating func remove(on connection: ConnectionID) -> [WaitingOpen] {
    guard countOn[connection] > 0 else { return [] }
    return remove { $0.removeAll { $0.connection == connection } }
  }

  /// Takes away those who have waited for as long as they may.
  mutating func removeOverdue(at now: MonotonicInstant) -> [WaitingOpen] {
    guard count > 0 else { return [] }
    return remove { queue in
      queue.removeFirst(queue.waiting.firstIndex { $0.deadline > now } ?? queue.waiting.endIndex)
    }
  }

  /// Takes everybody away.
  mutating func removeAll() -> [WaitingOpen] { remove { $0.removeFirst($0.waiting.count) } }

  /// Takes away the next one whose turn it is; nil when it is nobody's.
  mutating func next(at now: MonotonicInstant, hasPlace: (ProviderID) -> Bool) -> WaitingOpen? {
    guard count > 0 else { return nil }
    for provider in queues.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
      guard let queue = queues[provider], !queue.waiting.isEmpty, hasPlace(provider) else { continue }
      switch queue.door {
      case .open: break
      case .shut(let end) where end <= now: queues[provider]?.door = .tried
      case .shut, .tried: continue
      }
      guard let open = queues[provider]?.removeFirst(1).first else { continue }
      queues[provider]?.asking.insert(open.ticket)
      add(-1, open)
      return open
    }
    return nil
  }

  /// Those whose position is another than they were told; they count as told.
  mutating func news() -> [(open: WaitingOpen, position: Int)] {
    var news: [(WaitingOpen, Int)] = []
    for provider in queues.keys {
      guard let queue = queues[provider], queue.announced < queue.waiting.count else { continue }
      for index in queue.announced..<queue.waiting.count {
        let open = queue.waiting[index]
        let position = index + 1 + queue.asking.count { $0 < open.ticket }
        guard open.announced != position else { continue }
        queues[provider]?.waiting[index].announced = position
        news.append((open, position))
      }
      queues[provider]?.announced = queue.waiting.count
    }
    return news.sorted { $0.0.ticket < $1.0.ticket }
  }

  /// Takes from every queue what is chosen there, first come first.
  private mutating func remove(_ choose: (inout Queue) -> [WaitingOpen]) -> [WaitingOpen] {
    var removed: [WaitingOpen] = []
    for provider in queues.keys {
      if var queue = queues.removeValue(forKey: provider) {
        removed += choose(&queue)
        queues[provider] = queue
      }
    }
    for open in removed { add(-1, open) }
    return removed.sorted { $0.ticket < $1.ticket }
  }

  private mutating func add(_ change: Int, _ open: WaitingOpen) {
    count += change
    countOn.add(change, to: open.connection)
    countFor.add(change, to: open.subject)
  }
}
