// Says what each call of the ledger does to the rows of the file, inside a transaction of somebody else.
import Ledger

/// The meaning of each call in rows. A call that is refused has changed nothing.
struct LedgerTables {
  let db: SQLiteConnection
  let counts: SpeakCounts

  func begin(_ intent: SessionIntent) throws -> Lease {
    guard try row(intent.session) == nil else {
      throw LedgerFailure(.duplicateSession, "a session of that id is in the ledger already")
    }
    // What SQL makes of a text with a zero byte is undefined (sqlite.org/c3ref/bind_blob.html), and many a tool ends it
    // there: two subjects would become one.
    guard ![intent.session, intent.provider, intent.subject ?? ""].contains(where: { $0.utf8.contains(0) }) else {
      throw LedgerFailure(.illegalFact, "a name with a zero byte cannot be kept")
    }
    let record = SessionRecord(intent)
    try db.run(SessionRow.insertion, SessionRow(record).values)
    return Lease(fence: record.fence)
  }

  func record(_ facts: [LedgerFact], of session: String, under lease: Lease) throws {
    if try recordActivity(facts, of: session, under: lease) { return }
    let (ordinal, row) = try owned(session, under: lease)
    let speaks = try Set(facts.compactMap(\.speak)).compactMap { try speak($0, of: session) }
      .sorted { $0.ordinal < $1.ordinal }
    var record = row.record(speaks: speaks.map(\.record))
    for fact in facts { try record.apply(fact) }
    try db.run(SessionRow.change, SessionRow(record).values + [.integer(ordinal)])
    try write(record.speaks, of: session, over: speaks)
    guard record.state == .ended else { return }
    counts.forget(session)
    if row.fields.state != .ended { try forgetOldEndings() }
  }

  /// Writes what changed. Only the speaks that facts are about are read and written, since a session may have many.
  private func write(_ speaks: [SpeakRecord], of session: String, over old: [SpeakRow]) throws {
    let known = Dictionary(old.map { ($0.record.request, $0.record) }, uniquingKeysWith: { first, _ in first })
    for speak in speaks {
      guard let before = known[speak.request] else {
        _ = try insert(speak, in: session)
        continue
      }
      if before.outcome != speak.outcome { try setOutcome(speak.outcome, of: speak.request, in: session) }
      if before.parts != speak.parts { try setParts(speak.parts, of: speak.request, in: session) }
    }
  }

  /// Writes a speak as the session's latest, if it is not there, and forgets another where there are too many.
  /// - Returns: whether it was not there.
  private func insert(_ speak: SpeakRecord, in session: String) throws -> Bool {
    var own = try counts.known(session) ?? count(session)
    if own.count >= LedgerBounds.speaksPerSession {
      guard try self.speak(speak.request, of: session) == nil else { return false }
      try forgetOldest(of: session)
      own.count -= 1
    }
    try db.run(
      """
      INSERT INTO speak (session, request, ordinal, fingerprint, at, outcome, parts) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (session, request) DO NOTHING
      """,
      [
        .text(session), .integer(speak.request), .integer(own.last + 1), .text(speak.fingerprint.hex),
        .integer(speak.at.millisecondsSinceEpoch), SQLiteValue(speak.outcome.map(SpeakRow.text)),
        SQLiteValue(speak.parts.map(SpeakRow.text)),
      ])
    guard db.changesCount == 1 else { return false }
    counts.note(SpeakCounts.Count(count: own.count + 1, last: own.last + 1), of: session)
    return true
  }

  private func count(_ session: String) throws -> SpeakCounts.Count {
    let own = try db.run(
      "SELECT count(*) AS count, ifnull(max(ordinal), 0) AS last FROM speak WHERE session = ?", [.text(session)])[0]
    return SpeakCounts.Count(count: try own.integer("count"), last: try own.integer("last"))
  }

  /// Forgets the oldest speak with an outcome, or the oldest at all where none has. What the session's row does not say while its
  /// speaks do, it says from then on.
  private func forgetOldest(of session: String) throws {
    try db.run(
      """
      UPDATE session SET
          highestSpeak = (SELECT max(max(request), ifnull(highestSpeak, request)) FROM speak WHERE session = ?1),
          lastActiveAt = (SELECT max(max(at), lastActiveAt) FROM speak WHERE session = ?1)
        WHERE session = ?1
      """, [.text(session)])
    try db.run(
      """
      DELETE FROM speak WHERE session = ?1 AND request =
        (SELECT request FROM speak WHERE session = ?1 ORDER BY outcome IS NULL, ordinal LIMIT 1)
      """, [.text(session)])
  }

  private func setOutcome(_ outcome: SpeakOutcome?, of request: Int64, in session: String) throws {
    try db.run(
      "UPDATE speak SET outcome = ? WHERE session = ? AND request = ?",
      [SQLiteValue(outcome.map(SpeakRow.text)), .text(session), .integer(request)])
  }

  private func setParts(_ parts: PartProgress?, of request: Int64, in session: String) throws {
    try db.run(
      "UPDATE speak SET parts = ? WHERE session = ? AND request = ?",
      [SQLiteValue(parts.map(SpeakRow.text)), .text(session), .integer(request)])
  }

  /// Writes facts of talks, and that a session is in use, which are most of what is ever written, without the rest of the
  /// session. In the usual case a talk that comes whole changes one page, and no index: what its session's row would say of it too, the
  /// highest request and the latest use, is read from the talks (``record(of:)``).
  /// - Returns: false where nothing was written, since there are other facts, or the session is not open under that
  ///   lease; the long way knows what follows from that.
  private func recordActivity(_ facts: [LedgerFact], of session: String, under lease: Lease) throws -> Bool {
    let intents = facts.compactMap(\.intendedSpeak)
    let outcomes = facts.compactMap(\.endedSpeak)
    let parts = facts.compactMap(\.intendedPart)
    let uses = facts.compactMap(\.use)
    guard !facts.isEmpty, intents.count + outcomes.count + parts.count + uses.count == facts.count,
      try touch(session, under: lease, at: (parts.map(\.at) + uses).max())
    else { return false }
    // An outcome belongs to an intent that was written before it.
    for fact in facts {
      if let speak = fact.intendedSpeak {
        if try !insert(speak, in: session) { _ = try touch(session, under: lease, at: speak.at) }
      } else if let (request, outcome) = fact.endedSpeak {
        try setOutcome(outcome, of: request, in: session)
      } else if let part = fact.intendedPart {
        try setParts(part.progress, of: part.request, in: session)
      }
    }
    return true
  }

  /// Moves an open session on to its latest use.
  /// - Parameter time: nil where it was not used, or its talks tell when.
  /// - Returns: whether it is open, under that lease.
  private func touch(_ session: String, under lease: Lease, at time: WallTime?) throws -> Bool {
    guard let time else {
      let open = "SELECT 1 FROM session WHERE session = ? AND fence = ? AND state = 'open'"
      return try db.integer(open, [.text(session), .integer(lease.fence)]) != nil
    }
    try db.run(
      "UPDATE session SET lastActiveAt = max(lastActiveAt, ?) WHERE session = ? AND fence = ? AND state = 'open'",
      [.integer(time.millisecondsSinceEpoch), .text(session), .integer(lease.fence)])
    return db.changesCount == 1
  }

  func session(_ session: String) throws -> SessionRecord? { try row(session).map { try record(of: $0.row) } }

  /// This store has one process at a time, so whoever else owns a session is dead, and no rule makes a difference.
  func claim(_ session: String, by relay: RelayID, _ rule: ClaimRule) throws -> Claim {
    guard let (_, row) = try row(session), row.fields.state != .ended else {
      throw LedgerFailure(.unknownSession, "the session is not in the ledger, or over")
    }
    try setOwner(relay.rawValue, fence: row.fence + 1, of: session)
    var record = try record(of: row)
    record.owner = relay
    record.fence = row.fence + 1
    return Claim(record: record, lease: Lease(fence: record.fence))
  }

  func renew(_ leases: [String: Lease]) throws -> [String: Lease] {
    try leases.filter { session, lease in
      guard let (_, row) = try row(session) else { return false }
      return row.fence == lease.fence && row.fields.state != .ended
    }
  }

  func release(_ session: String, _ lease: Lease) throws {
    let (_, row) = try owned(session, under: lease)
    try setOwner("", fence: row.fence, of: session)
  }

  func orphans(for relay: RelayID) throws -> [SessionRecord] {
    try records("state <> 'ended' AND owner <> ?", relay.rawValue)
  }

  func unended(at provider: String) throws -> [SessionRecord] {
    try records("state <> 'ended' AND provider = ?", provider)
  }

  func charge(_ milliseconds: Int64, to day: Int64) throws -> Int64 {
    if milliseconds > 0 {
      try db.run(
        """
        INSERT INTO account (day, milliseconds) VALUES (?, ?)
          ON CONFLICT (day) DO UPDATE SET milliseconds = milliseconds + excluded.milliseconds
        """, [.integer(day), .integer(milliseconds)])
      try db.run("DELETE FROM account WHERE day <= ?", [.integer(day - LedgerBounds.accountDays)])
    }
    return try db.integer("SELECT milliseconds FROM account WHERE day = ?", [.integer(day)]) ?? 0
  }

  // MARK: Rows

  /// A session's row and its place.
  private typealias Found = (ordinal: Int64, row: SessionRow)

  private func owned(_ session: String, under lease: Lease) throws -> Found {
    guard let found = try row(session) else {
      throw LedgerFailure(.unknownSession, "the session is not in the ledger")
    }
    guard found.row.fence == lease.fence else {
      throw LedgerFailure(.fenced, "another relay has claimed the session since")
    }
    return found
  }

  private func row(_ session: String) throws -> Found? {
    try db.run("SELECT * FROM session WHERE session = ?", [.text(session)]).first.map { row in
      (try row.integer("ordinal"), try SessionRow(row))
    }
  }

  private func records(_ condition: String, _ argument: String) throws -> [SessionRecord] {
    try db.run("SELECT * FROM session WHERE \(condition) ORDER BY ordinal", [.text(argument)])
      .map { try record(of: try SessionRow($0)) }
  }

  private func setOwner(_ owner: String, fence: Int64, of session: String) throws {
    try db.run(
      "UPDATE session SET owner = ?, fence = ? WHERE session = ?", [.text(owner), .integer(fence), .text(session)])
  }

  private func record(of row: SessionRow) throws -> SessionRecord {
    let rows = try db.run("SELECT * FROM speak WHERE session = ? ORDER BY ordinal", [.text(row.fields.session)])
    let speaks = try rows.map { try SpeakRow($0).record }
    var record = row.record(speaks: speaks)
    record.highestSpeak = ([record.highestSpeak].compactMap(\.self) + speaks.map(\.request)).max()
    record.lastActiveAt = speaks.map(\.at).reduce(record.lastActiveAt, max)
    return record
  }

  private func speak(_ request: Int64, of session: String) throws -> SpeakRow? {
    try db.run("SELECT * FROM speak WHERE session = ? AND request = ?", [.text(session), .integer(request)]).first
      .map { try SpeakRow($0) }
  }

  private func forgetOldEndings() throws {
    try db.run(
      """
      DELETE FROM session WHERE ordinal IN
        (SELECT ordinal FROM session WHERE state = 'ended' ORDER BY ordinal DESC LIMIT -1 OFFSET ?)
      """, [.integer(Int64(LedgerBounds.endedSessions))])
  }
}

/// How many speaks each open session has, and the place of its latest. To count them anew for each of them would cost more than
/// to write it. Nobody else writes to the file. There are no more of these than sessions that are open, or end.
final class SpeakCounts {
  struct Count {
    var count: Int64
    var last: Int64
  }

  private var counts: [String: Count] = [:]

  func known(_ session: String) -> Count? { counts[session] }

  func note(_ count: Count, of session: String) { counts[session] = count }

  /// Of a session that is over.
  func forget(_ session: String) { counts[session] = nil }

  /// Where what was counted may not have been written.
  func forgetAll() { counts = [:] }
}

extension LedgerFact {
  /// The speak that it is about.
  fileprivate var speak: Int64? {
    switch self {
    case .speakIntended(let request, _, _), .speakEnded(let request, _), .partIntended(let request, _, _),
      .partsEnded(let request, _):
      request
    default: nil
    }
  }

  fileprivate var intendedSpeak: SpeakRecord? {
    guard case .speakIntended(let request, let fingerprint, let at) = self else { return nil }
    return SpeakRecord(request: request, fingerprint: fingerprint, at: at)
  }

  /// When the session was used for something that is not said.
  fileprivate var use: WallTime? { if case .active(let at) = self { at } else { nil } }

  fileprivate var intendedPart: (request: Int64, progress: PartProgress, at: WallTime)? {
    guard case .partIntended(let request, let progress, let at) = self else { return nil }
    return (request, progress, at)
  }

  fileprivate var endedSpeak: (request: Int64, outcome: SpeakOutcome)? {
    guard case .speakEnded(let request, let outcome) = self else { return nil }
    return (request, outcome)
  }
}
