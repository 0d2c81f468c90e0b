// Remembers the sessions that are over, so that a client that comes late learns why.
import Basics
import Ledger
import Signaling

/// The latest closed sessions, so that a client that comes late learns why, and what became of its requests.
struct ClosedSessions: Sendable {
  /// What is kept of one.
  struct Record: Sendable {
    /// The connection that has, or had, the session; nil if there was none at the end.
    var connection: ConnectionID?
    /// The latest request that resumed it, or tried to.
    var lastResume: RequestID?
    let reason: CloseReason
    let secrets: ResumeSecrets
    /// Whose session it was, where tokens are in use.
    let owner: String?
    /// The answers to its requests; nil once they take too much room.
    fileprivate(set) var answers: AnswerMemory?
    let endedAt: MonotonicInstant

    init(
      _ connection: ConnectionID?, _ reason: CloseReason, _ secrets: ResumeSecrets, owner: String?,
      answers: AnswerMemory, endedAt: MonotonicInstant
    ) {
      self.connection = connection
      self.reason = reason
      self.secrets = secrets
      self.owner = owner
      self.answers = answers
      self.endedAt = endedAt
    }

    /// The error of whatever is asked of it.
    var error: SignalingError { SignalingError(.sessionClosed, "the session is over", end: reason) }

    /// The error of what is to be said in it. Where the answers had to give way, it may have been said before the end.
    var errorOfTalks: SignalingError {
      guard answers == nil else { return error }
      let words = "the session is over; whether the avatar spoke this is not remembered any more"
      return SignalingError(.talkUnknown, words, end: reason)
    }
  }

  private let maximumCount: Int
  private let maximumBytes: Int
  private let time: Duration
  private var records: [SessionID: Record] = [:]
  /// First closed first, from ``oldest`` on.
  private var order: [SessionID] = []
  private var oldest = 0
  /// The first whose answers are still there, as an index of ``order``.
  private var oldestAnswers = 0
  private(set) var answerBytes = 0

  /// - Parameter time: how long a session is remembered.
  init(maximumCount: Int, maximumAnswerBytes: Int, time: Duration) {
    self.maximumCount = maximumCount
    maximumBytes = maximumAnswerBytes
    self.time = time
  }

  var count: Int { records.count }

  /// A session that ended not too long ago.
  func record(of session: SessionID, at now: MonotonicInstant) -> Record? {
    guard let record = records[session], record.endedAt.duration(to: now) <= time else { return nil }
    return record
  }

  /// Another connection asks about the session from now on.
  mutating func move(_ session: SessionID, to connection: ConnectionID, by request: RequestID) {
    records[session]?.connection = connection
    records[session]?.lastResume = request
  }

  /// Remembers a session; what is known of it already gives way.
  mutating func insert(_ session: SessionID, _ record: Record) {
    guard maximumCount > 0 else { return }
    if let old = records[session] {
      // It keeps its place, and takes no room that was taken from it.
      records[session] = record
      records[session]?.answers = old.answers == nil ? nil : record.answers
      return answerBytes += (records[session]?.answers?.bytes ?? 0) - (old.answers?.bytes ?? 0)
    }
    records[session] = record
    order.append(session)
    answerBytes += record.answers?.bytes ?? 0
    if records.count > maximumCount { forgetOldest() }
    while answerBytes > maximumBytes, oldestAnswers < order.count { forgetOldestAnswers() }
    guard oldest > maximumCount else { return }
    order.removeFirst(oldest)
    oldestAnswers -= oldest
    oldest = 0
  }

  private mutating func forgetOldest() {
    if oldestAnswers == oldest { forgetOldestAnswers() }
    records[order[oldest]] = nil
    oldest += 1
  }

  private mutating func forgetOldestAnswers() {
    let session = order[oldestAnswers]
    answerBytes -= records[session]?.answers?.bytes ?? 0
    records[session]?.answers = nil
    oldestAnswers += 1
  }
}

extension ClosedSessions.Record {
  /// A session that is over, or being ended, by the ledger; nil where no client could resume it, and where it is not
  /// known when it ended.
  init?(_ record: SessionRecord, _ limits: RelayLimits, at now: MonotonicInstant, _ time: WallTime) {
    guard let secrets = ResumeSecrets(record.secrets) else { return nil }
    let age: Duration
    switch (record.state, record.endedAt) {
    case (.closing, _): age = .zero
    case (.ended, let endedAt?): age = endedAt.age(at: time)
    case (.ended, nil), (.intended, _), (.unseen, _), (.open, _): return nil
    }
    let reason = CloseReason(written: record.reason)
    let speaks = record.speaks.map(SessionSnapshot.Speak.init).sorted { $0.request < $1.request }
    let answers = AnswerMemory(
      maximumCount: limits.answersRemembered, maximumBytes: limits.answerBytesRemembered, inheriting: speaks,
      highest: record.highestSpeak.map(RequestID.init), endedBy: reason)
    self.init(
      nil, reason, secrets, owner: record.intent.subject, answers: answers,
      endedAt: now.advanced(by: .zero - min(age, limits.closedSessionTime + .seconds(1))))
  }
}

extension CloseReason {
  /// A reason as it was written down. What says none, or one of a newer version, was ended at the provider.
  init(written reason: String?) { self = reason.flatMap(CloseReason.init) ?? .provider }
}
