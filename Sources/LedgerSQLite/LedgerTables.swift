// Carries requests out on the tables, inside a transaction of somebody else.
import GRDB
import Ledger

/// The meaning of each request in rows. A request that is refused has changed nothing.
struct LedgerTables {
  let db: Database

  func carryOut(_ request: LedgerRequest) throws -> LedgerReply {
    switch request {
    case .begin(let intent): .lease(try begin(intent))
    case .record(let facts, let session, let lease): try record(facts, of: session, under: lease)
    case .read(let session): .record(try row(session).map { try record(of: $0) })
    case .claim(let session, let relay, let rule): .claim(try claim(session, by: relay, rule))
    case .renew(let leases): .leases(try renew(leases))
    case .release(let session, let lease): try release(session, lease)
    case .orphans(let relay):
      .records(try records("state <> 'ended' AND owner <> ?", relay.rawValue))
    case .unended(let provider): .records(try records("state <> 'ended' AND provider = ?", provider))
    case .charge(let milliseconds, let day): .account(milliseconds: try charge(milliseconds, to: day))
    }
  }

  private func begin(_ intent: SessionIntent) throws -> Lease {
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

  private func record(_ facts: [LedgerFact], of session: String, under lease: Lease) throws -> LedgerReply {
    let row = try owned(session, under: lease)
    let speaks = try speaks(of: session, named: facts.compactMap(\.speak))
    var record = row.record(speaks: speaks.map(\.record))
    for fact in facts { try record.apply(fact) }
    try SessionRow(record, ordinal: row.ordinal).update(db)
    try write(record.speaks, of: session, over: speaks)
    if record.state == .ended, row.fields.state != .ended { try forgetOldEndings() }
    return .done
  }

  /// Writes what changed. Only the speaks that facts are about are read and written, since a session may have many.
  private func write(_ speaks: [SpeakRecord], of session: String, over old: [SpeakRow]) throws {
    let known = Dictionary(uniqueKeysWithValues: old.map { ($0.request, $0) })
    for speak in speaks {
      if let row = known[speak.request] {
        if row.record != speak { try SpeakRow(speak, of: session, ordinal: row.ordinal).update(db) }
      } else {
        try makeRoomForSpeak(in: session)
        let last = try Int64.fetchOne(db, sql: "SELECT max(ordinal) FROM speak WHERE session = ?", arguments: [session])
        try SpeakRow(speak, of: session, ordinal: (last ?? 0) + 1).insert(db)
      }
    }
  }

  private func makeRoomForSpeak(in session: String) throws {
    let own = SpeakRow.filter(Column("session") == session)
    guard try own.fetchCount(db) >= LedgerBounds.speaksPerSession else { return }
    // The oldest with an outcome; the oldest at all where none has.
    try own.order(Column("outcome") == nil, Column("ordinal")).limit(1).fetchOne(db)?.delete(db)
  }

  /// This store has one process at a time, so whoever else owns a session is dead, and no rule makes a difference.
  private func claim(_ session: String, by relay: RelayID, _ rule: ClaimRule) throws -> Claim {
    guard var row = try row(session), row.fields.state != .ended else {
      throw LedgerFailure(.unknownSession, "the session is not in the ledger, or over")
    }
    row.owner = relay.rawValue
    row.fence += 1
    try row.update(db)
    return Claim(record: try record(of: row), lease: Lease(fence: row.fence))
  }

  private func renew(_ leases: [String: Lease]) throws -> [String: Lease] {
    try leases.filter { session, lease in
      guard let row = try row(session) else { return false }
      return row.fence == lease.fence && row.fields.state != .ended
    }
  }

  private func release(_ session: String, _ lease: Lease) throws -> LedgerReply {
    var row = try owned(session, under: lease)
    row.owner = ""
    try row.update(db)
    return .done
  }

  private func charge(_ milliseconds: Int64, to day: Int64) throws -> Int64 {
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
    try SessionRow.filter(Column("session") == session).fetchOne(db)
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
}
