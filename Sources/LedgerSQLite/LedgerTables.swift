// Says what each call of the ledger does to the rows of the file, inside a transaction of somebody else.
import GRDB
import Ledger

/// The meaning of each call in rows. A call that is refused has changed nothing.
struct LedgerTables {
  let db: Database

  func begin(_ intent: SessionIntent) throws -> Lease {
    guard try row(intent.session) == nil else {
      throw LedgerFailure(.duplicateSession, "a session of that id is in the ledger already")
    }
    // SQLite ends a text at its first zero byte: two subjects would become one.
    guard ![intent.session, intent.provider, intent.subject ?? ""].contains(where: { $0.utf8.contains(0) }) else {
      throw LedgerFailure(.illegalFact, "a name with a zero byte cannot be kept")
    }
    let record = SessionRecord(intent)
    try SessionRow(record, ordinal: nil).insert(db)
    return Lease(fence: record.fence)
  }

  func record(_ facts: [LedgerFact], of session: String, under lease: Lease) throws {
    if try recordTalks(facts, of: session, under: lease) { return }
    let row = try owned(session, under: lease)
    let speaks = try speaks(of: session, named: facts.compactMap(\.speak))
    var record = row.record(speaks: speaks.map(\.record))
    for fact in facts { try record.apply(fact) }
    try SessionRow(record, ordinal: row.ordinal).update(db)
    try write(record.speaks, of: session, over: speaks)
    if record.state == .ended, row.fields.state != .ended { try forgetOldEndings() }
  }

  /// Writes what changed. Only the speaks that facts are about are read and written, since a session may have many.
  private func write(_ speaks: [SpeakRecord], of session: String, over old: [SpeakRow]) throws {
    let known = Dictionary(uniqueKeysWithValues: old.map { ($0.request, $0) })
    for speak in speaks {
      if let row = known[speak.request] {
        if row.record != speak { try SpeakRow(speak, of: session, ordinal: row.ordinal).update(db) }
      } else {
        try insert(speak, in: session)
      }
    }
  }

  /// Writes a speak as the session's latest, if it is not there, and forgets another where there are too many.
  private func insert(_ speak: SpeakRecord, in session: String) throws {
    let own = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT count(*), max(ordinal), max(request = ?) FROM speak WHERE session = ?"),
      arguments: [speak.request, session])
    // Of no rows there is no largest.
    let isThere: Bool? = own?[2]
    guard let own, isThere != true else { return }
    if own[0] >= LedgerBounds.speaksPerSession {
      // The oldest with an outcome; the oldest at all where none has.
      try SpeakRow.filter(Column("session") == session).order(Column("outcome") == nil, Column("ordinal")).limit(1)
        .fetchOne(db)?.delete(db)
    }
    let last: Int64? = own[1]
    try db.cachedStatement(
      sql: "INSERT INTO speak (session, request, ordinal, fingerprint, at, outcome) VALUES (?, ?, ?, ?, ?, ?)"
    ).execute(arguments: [
      session, speak.request, (last ?? 0) + 1, speak.fingerprint.hex, speak.at.millisecondsSinceEpoch,
      try speak.outcome.map(SpeakRow.text),
    ])
  }

  /// Writes facts of talks, which are most of what is ever written, without the rest of the session: in the usual case
  /// they change one page of each table, and no index.
  /// - Returns: false where nothing was written, since there are other facts, or the session is not open under that
  ///   lease; the long way knows what follows from that.
  private func recordTalks(_ facts: [LedgerFact], of session: String, under lease: Lease) throws -> Bool {
    let intents = facts.compactMap(\.intendedSpeak)
    let outcomes = facts.compactMap(\.endedSpeak)
    guard !facts.isEmpty, intents.count + outcomes.count == facts.count,
      try touch(session, under: lease, for: intents)
    else { return false }
    // An outcome belongs to an intent that was written before it.
    for fact in facts {
      if let speak = fact.intendedSpeak {
        try insert(speak, in: session)
      } else if let (request, outcome) = fact.endedSpeak {
        try db.cachedStatement(sql: "UPDATE speak SET outcome = ? WHERE session = ? AND request = ?")
          .execute(arguments: [try SpeakRow.text(of: outcome), session, request])
      }
    }
    return true
  }

  /// Moves an open session on to its latest intents.
  /// - Returns: whether it is open, under that lease.
  private func touch(_ session: String, under lease: Lease, for intents: [SpeakRecord]) throws -> Bool {
    guard let highest = intents.map(\.request).max(), let latest = intents.map(\.at).max() else {
      let open = "SELECT 1 FROM session WHERE session = ? AND fence = ? AND state = 'open'"
      return try Int.fetchOne(db.cachedStatement(sql: open), arguments: [session, lease.fence]) != nil
    }
    try db.cachedStatement(
      sql: """
        UPDATE session SET highestSpeak = max(ifnull(highestSpeak, ?1), ?1), lastActiveAt = max(lastActiveAt, ?2)
          WHERE session = ?3 AND fence = ?4 AND state = 'open'
        """
    ).execute(arguments: [highest, latest.millisecondsSinceEpoch, session, lease.fence])
    return db.changesCount == 1
  }

  func session(_ session: String) throws -> SessionRecord? { try row(session).map { try record(of: $0) } }

  /// This store has one process at a time, so whoever else owns a session is dead, and no rule makes a difference.
  func claim(_ session: String, by relay: RelayID, _ rule: ClaimRule) throws -> Claim {
    guard var row = try row(session), row.fields.state != .ended else {
      throw LedgerFailure(.unknownSession, "the session is not in the ledger, or over")
    }
    row.owner = relay.rawValue
    row.fence += 1
    try row.update(db)
    return Claim(record: try record(of: row), lease: Lease(fence: row.fence))
  }

  func renew(_ leases: [String: Lease]) throws -> [String: Lease] {
    try leases.filter { session, lease in
      guard let row = try row(session) else { return false }
      return row.fence == lease.fence && row.fields.state != .ended
    }
  }

  func release(_ session: String, _ lease: Lease) throws {
    var row = try owned(session, under: lease)
    row.owner = ""
    try row.update(db)
  }

  func orphans(for relay: RelayID) throws -> [SessionRecord] {
    try records("state <> 'ended' AND owner <> ?", relay.rawValue)
  }

  func unended(at provider: String) throws -> [SessionRecord] {
    try records("state <> 'ended' AND provider = ?", provider)
  }

  func charge(_ milliseconds: Int64, to day: Int64) throws -> Int64 {
    if milliseconds > 0 {
      try db.execute(
        sql: """
          INSERT INTO account (day, milliseconds) VALUES (?, ?)
            ON CONFLICT (day) DO UPDATE SET milliseconds = milliseconds + excluded.milliseconds
          """, arguments: [day, milliseconds])
      try db.execute(sql: "DELETE FROM account WHERE day <= ?", arguments: [day - LedgerBounds.accountDays])
    }
    return try Int64.fetchOne(db, sql: "SELECT milliseconds FROM account WHERE day = ?", arguments: [day]) ?? 0
  }

  // MARK: Rows

  private func owned(_ session: String, under lease: Lease) throws -> SessionRow {
    guard let row = try row(session) else {
      throw LedgerFailure(.unknownSession, "the session is not in the ledger")
    }
    guard row.fence == lease.fence else {
      throw LedgerFailure(.fenced, "another relay has claimed the session since")
    }
    return row
  }

  private func row(_ session: String) throws -> SessionRow? {
    try SessionRow.fetchOne(
      db.cachedStatement(sql: "SELECT * FROM session WHERE session = ?"), arguments: [session])
  }

  private func records(_ condition: String, _ argument: String) throws -> [SessionRecord] {
    try SessionRow.filter(sql: condition, arguments: [argument]).order(Column("ordinal")).fetchAll(db)
      .map { try record(of: $0) }
  }

  private func record(of row: SessionRow) throws -> SessionRecord {
    row.record(speaks: try speaks(of: row.fields.session).map(\.record))
  }

  private func speaks(of session: String, named requests: [Int64]) throws -> [SpeakRow] {
    guard !requests.isEmpty else { return [] }
    return try SpeakRow.filter(Column("session") == session && requests.contains(Column("request")))
      .order(Column("ordinal")).fetchAll(db)
  }

  private func speaks(of session: String) throws -> [SpeakRow] {
    try SpeakRow.filter(Column("session") == session).order(Column("ordinal")).fetchAll(db)
  }

  private func forgetOldEndings() throws {
    try db.execute(
      sql: """
        DELETE FROM session WHERE ordinal IN
          (SELECT ordinal FROM session WHERE state = 'ended' ORDER BY ordinal DESC LIMIT -1 OFFSET ?)
        """, arguments: [LedgerBounds.endedSessions])
  }
}

extension LedgerFact {
  /// The speak that it is about.
  fileprivate var speak: Int64? {
    switch self {
    case .speakIntended(let request, _, _), .speakEnded(let request, _): request
    default: nil
    }
  }

  fileprivate var intendedSpeak: SpeakRecord? {
    guard case .speakIntended(let request, let fingerprint, let at) = self else { return nil }
    return SpeakRecord(request: request, fingerprint: fingerprint, at: at)
  }

  fileprivate var endedSpeak: (request: Int64, outcome: SpeakOutcome)? {
    guard case .speakEnded(let request, let outcome) = self else { return nil }
    return (request, outcome)
  }
}
