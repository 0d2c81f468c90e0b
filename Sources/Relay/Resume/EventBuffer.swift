// Keeps what a client was told of a session, so that it can be told again, within a bound of bytes.
import SessionValues
import Signaling

/// Numbers the events of one session and keeps the latest of them.
struct EventBuffer: Sendable {
  struct Numbered: Sendable, Hashable {
    let seq: Int64
    let event: SessionEvent
  }

  /// Who gave the numbers so far.
  private enum Numbering { case own, inherited }

  private let maximumCount: Int
  private let maximumBytes: Int
  /// Without gaps; the last one has the number ``lastSeq``.
  private var kept = Ring<Numbered>()
  private(set) var bytes = 0
  /// The number of the latest event; 0 before the first.
  private(set) var lastSeq: Int64
  private var numbering: Numbering
  /// The highest number that only a connection which lost the session was told; 0 if none was.
  private var asideSeq: Int64 = 0

  init(maximumCount: Int, maximumBytes: Int) {
    self.maximumCount = maximumCount
    self.maximumBytes = maximumBytes
    lastSeq = 0
    numbering = .own
  }

  /// Goes on with an earlier life's numbers, of which the client may know more: nothing can be told again until it said
  /// how far it came, by ``skip(to:)``.
  init(maximumCount: Int, maximumBytes: Int, inheriting lastSeq: Int64) {
    self.maximumCount = maximumCount
    self.maximumBytes = maximumBytes
    self.lastSeq = lastSeq
    numbering = .inherited
  }

  /// How many events are kept.
  var count: Int { kept.count }

  /// Gives an event its number and keeps it.
  mutating func append(_ event: SessionEvent) -> Int64 {
    lastSeq += 1
    // The oldest goes before the ring would have to grow for the newest.
    if kept.count == maximumCount { forgetOldest() }
    kept.append(Numbered(seq: lastSeq, event: event))
    bytes += event.estimatedBytes
    while kept.count > maximumCount || bytes > maximumBytes { forgetOldest() }
    return lastSeq
  }

  private mutating func forgetOldest() {
    if !kept.isEmpty { bytes -= kept.removeFirst().event.estimatedBytes }
  }

  /// The events after a number; nil where some of them are gone, or the number was never given.
  func events(after seq: Int64) -> [Numbered]? {
    guard numbering == .own else { return nil }
    let missed = lastSeq - seq
    guard missed >= 0, missed <= kept.count else { return nil }
    return kept.suffix(Int(missed))
  }

  /// Whether a client may have been told of a number. What an earlier life told is not known.
  func mayHaveTold(_ seq: Int64) -> Bool {
    switch numbering {
    case .own: seq <= max(lastSeq, asideSeq)
    case .inherited: true
    }
  }

  /// Gives out the next number for something that is told to one connection and did not happen to the session.
  mutating func tellAside() -> Int64 {
    asideSeq = lastSeq + 1
    return asideSeq
  }

  /// The client is told how things stand and goes on from here, or from a number that it knows and that is higher.
  mutating func skip(to seq: Int64) {
    kept = Ring()
    bytes = 0
    lastSeq = max(lastSeq, seq)
    numbering = .own
  }
}

extension ServerMessage {
  /// About how many bytes the message holds: its strings, and a constant for the rest.
  var estimatedBytes: Int {
    let strings =
      switch self {
      case .result(_, let result, _): result.stringBytes
      case .error(_, let error): error.message.utf8.count + (error.provider?.message?.utf8.count ?? 0)
      case .notification: 0
      }
    return 128 + strings
  }
}

extension CallResult {
  fileprivate var stringBytes: Int {
    switch self {
    case .empty, .extended, .talkOver: 0
    case .resumed(let session): session.stringBytes
    case .opened(let session): session.grant.stringBytes + 256
    case .described(let description): description.sdp.utf8.count
    case .talk(let id, _): id.utf8.count
    case .interrupted(let message, _): message?.utf8.count ?? 0
    }
  }
}

extension ResumedSession {
  fileprivate var stringBytes: Int {
    switch continuation {
    case .replay: 64
    case .resync(let snapshot): snapshot.talks.reduce(128) { $0 + $1.talk.utf8.count + 64 }
    }
  }
}

extension SessionEvent {
  /// About how many bytes the event holds.
  var estimatedBytes: Int {
    let strings =
      switch self {
      case .state, .expiring, .closed: 0
      case .talk(let id, .failed(let error)): id.utf8.count + error.message.utf8.count
      case .talk(let id, _): id.utf8.count
      case .interrupted(let talk, .done): talk.utf8.count
      case .interrupted(let talk, .sendOnDataChannel(let text)): talk.utf8.count + text.utf8.count
      case .interrupted(let talk, .failed(let error)): talk.utf8.count + error.message.utf8.count
      case .candidate(let candidate): candidate?.candidate.utf8.count ?? 0
      }
    return 128 + strings
  }
}

extension MediaGrant {
  fileprivate var stringBytes: Int {
    switch self {
    case .offer(let offer, let servers): offer.sdp.utf8.count + Self.bytes(of: servers)
    case .awaitsOffer(let servers): Self.bytes(of: servers)
    case .room(let url, let token): url.utf8.count + token.utf8.count
    }
  }

  private static func bytes(of servers: [IceServer]) -> Int {
    servers.reduce(0) { sum, server in
      let urls = server.urls.reduce(0) { $0 + $1.utf8.count }
      return sum + urls + (server.username?.utf8.count ?? 0) + (server.credential?.utf8.count ?? 0)
    }
  }
}
