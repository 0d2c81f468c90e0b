// Holds the sessions of a registry, and keeps the numbers of them that limits ask for.
import AvatarProvider
import Basics
import Ledger
import Signaling

/// A session with what carries out its decisions. It is looked up anew after every `await`: nobody holds on to it.
final class SessionEntry {
  /// Changed by ``SessionTable/step(_:at:_:)`` only, which counts.
  fileprivate(set) var machine: SessionMachine
  let provider: any AvatarProvider
  /// The connection that has it; nil while none does. Changed by ``SessionTable/move(_:to:)`` only.
  fileprivate(set) var connection: ConnectionID?
  /// What its clients asked and were answered.
  var memory: AnswerMemory
  /// In which order sessions were opened; they are ended in the same.
  let ordinal: UInt64
  /// Whom it is counted for.
  let subject: Subject
  /// When it was asked for.
  let since: MonotonicInstant
  /// When the provider opened it; nil where it did not, or in an earlier life of the relay.
  var openedAt: MonotonicInstant?
  /// The request, until the provider opened it.
  var opening: WaitingOpen?
  /// Whose budget it counts for, as long as it does.
  var budgetSubject: String?
  /// Whose it is, where tokens are in use: only that subject may resume it.
  var owner: String?
  /// The latest request that resumed it; nil in a life in which none did.
  var lastResume: RequestID?
  /// The right to act for it; nil until it is written down.
  var lease: Lease?
  /// The task that waits for the machine's deadline, and for which one.
  var alarm: (task: Task<Void, Never>, deadline: MonotonicInstant)?
  /// The task that reads what the provider pushes.
  var listener: Task<Void, Never>?

  init(
    machine: SessionMachine, provider: any AvatarProvider, connection: ConnectionID? = nil, memory: AnswerMemory,
    ordinal: UInt64, subject: Subject, since: MonotonicInstant, opening: WaitingOpen? = nil, owner: String? = nil
  ) {
    self.machine = machine
    self.provider = provider
    self.connection = connection
    self.memory = memory
    self.ordinal = ordinal
    self.subject = subject
    self.since = since
    self.opening = opening
    self.owner = owner
  }

  /// As ``SessionMachine/visibleState``.
  var visibleState: SessionState { look { $0.visibleState } }
  /// As ``SessionMachine/isResumable``.
  var isResumable: Bool { look { $0.isResumable } }
  /// As ``SessionMachine/deadline``.
  var deadline: MonotonicInstant? { look { $0.deadline } }

  /// Looks at the machine where it stands: a copy, which the compiler makes otherwise, costs more than most answers.
  private func look<Answer>(_ answer: (inout SessionMachine) -> Answer) -> Answer { answer(&machine) }

  /// True until the provider let go of the session.
  var holdsPlace: Bool { if case .closed = machine.state { false } else { true } }

  /// The client has the latest secret: the one before is good no more.
  /// - Parameter shown: as of ``ResumeSecrets/settle(by:)``.
  func settleSecrets(by shown: SecretDigest? = nil) { machine.secrets.settle(by: shown) }

  /// What of it is counted.
  fileprivate var standing: SessionCounts.Standing {
    let progress: SessionCounts.Progress =
      switch machine.state {
      case .opening: .opening
      case .abandoned: .abandoned
      case .open: .open
      case .closing: .closing
      case .closed: .closed
      }
    return SessionCounts.Standing(progress: progress, connection: connection)
  }
}

/// How many sessions there are of what limits and numbers ask for. What holds a place counts until the provider let go
/// of it.
struct SessionCounts: Sendable, Hashable {
  enum Progress: Sendable, Hashable { case opening, abandoned, open, closing, closed }

  struct Standing: Sendable, Hashable {
    let progress: Progress
    let connection: ConnectionID?
  }

  /// Sessions that hold a place.
  private(set) var holdingPlace = 0
  private(set) var holdingPlaceAt = Tally<ProviderID>()
  private(set) var holdingPlaceFor = Tally<Subject>()
  private(set) var holdingPlaceOn = Tally<ConnectionID>()
  /// Sessions that a provider has opened and that it has not closed.
  private(set) var open = 0
  /// Sessions that go on until somebody ends them: those that are being opened for somebody, and open ones.
  private(set) var unended = 0

  fileprivate mutating func add(_ change: Int, _ standing: Standing, of entry: SessionEntry) {
    if standing.progress != .closed {
      holdingPlace += change
      holdingPlaceAt.add(change, to: entry.provider.id)
      holdingPlaceFor.add(change, to: entry.subject)
      if let connection = standing.connection { holdingPlaceOn.add(change, to: connection) }
    }
    switch standing.progress {
    case .opening: unended += change
    case .open:
      unended += change
      open += change
    case .closing: open += change
    case .abandoned, .closed: break
    }
  }
}

/// All sessions by their ids. Whatever changes what is counted of one goes through here, so that no limit has to look
/// at more sessions than the one that it is about.
struct SessionTable {
  private var entries: [SessionID: SessionEntry] = [:]
  private(set) var counts = SessionCounts()

  var count: Int { entries.count }

  subscript(session: SessionID) -> SessionEntry? { entries[session] }

  /// All sessions, in no order.
  var all: some Sequence<(key: SessionID, value: SessionEntry)> { entries }

  /// The sessions that hold a place, the oldest first.
  var oldestFirst: [(session: SessionID, entry: SessionEntry)] {
    entries.filter { $0.value.holdsPlace }.sorted { $0.value.ordinal < $1.value.ordinal }.map { ($0.key, $0.value) }
  }

  mutating func insert(_ session: SessionID, _ entry: SessionEntry) {
    _ = remove(session)
    entries[session] = entry
    counts.add(1, entry.standing, of: entry)
  }

  mutating func remove(_ session: SessionID) -> SessionEntry? {
    guard let entry = entries.removeValue(forKey: session) else { return nil }
    counts.add(-1, entry.standing, of: entry)
    return entry
  }

  /// Another connection has a session from now on, or none.
  mutating func move(_ session: SessionID, to connection: ConnectionID?) {
    guard let entry = entries[session] else { return }
    counts.add(-1, entry.standing, of: entry)
    entry.connection = connection
    counts.add(1, entry.standing, of: entry)
  }

  /// Hands an event to a session's machine.
  /// - Returns: what has to be done.
  /// - Throws: the machine's error, when the event does not fit its state.
  mutating func step(
    _ session: SessionID, at now: MonotonicInstant,
    _ event: (inout SessionMachine, MonotonicInstant) throws(SessionMachineError) -> [SessionAction]
  ) throws(SessionMachineError) -> [SessionAction] {
    guard let entry = entries[session] else { return [] }
    let before = entry.standing
    defer {
      let after = entry.standing
      if after != before {
        counts.add(-1, before, of: entry)
        counts.add(1, after, of: entry)
      }
    }
    return try event(&entry.machine, now)
  }
}
