// Turns the ledger's calls into scripts, and their replies into records.
import Basics
import Foundation
import Ledger

extension RedisLedger {
  /// How often a change is tried where another change of the same session came in between.
  private static let maximumAttempts = 8

  public func begin(_ intent: SessionIntent) async throws(LedgerFailure) -> Lease {
    let record = SessionRecord(intent)
    let reply = try await run(
      RedisScript.begin, keys: [key(of: intent.session), openKey, ordinalsKey],
      [
        intent.session.bytes, intent.provider.bytes, intent.relay.rawValue.bytes, leaseMilliseconds,
        try RecordDocument.bytes(of: record),
      ])
    guard try word(reply) == "done" else {
      throw LedgerFailure(.duplicateSession, "a session of that id is in the ledger already")
    }
    keep(Known(record: record, version: 1), of: intent.session)
    return Lease(fence: record.fence, validity: settings.leaseTime)
  }

  public func record(_ facts: [LedgerFact], of session: String, under lease: Lease) async throws(LedgerFailure) {
    for _ in 0..<Self.maximumAttempts {
      let read = known[session] == nil ? try await read(session) : nil
      // From here to the sending nothing else happens: facts that come next are written on top of these.
      guard var state = known[session] ?? read else { throw Self.unknown }
      guard state.record.fence == lease.fence else { throw Self.fenced }
      for fact in facts { try state.record.apply(fact) }
      let words = try writing(state, under: lease, resumedBy: facts.compactMap(\.resumingRequest).max())
      try admit()
      state.version += 1
      keep(state, of: session)
      let outcome = await reply(to: words).flatMap { reply in Result { () throws(LedgerFailure) in try word(reply) } }
      if case .success("done") = outcome, state.record.state != .ended { return }
      // It is over, or what the server has now is not known.
      known[session] = nil
      switch try outcome.get() {
      case "done": return
      case "stale": continue
      case "fenced": throw Self.fenced
      default: throw Self.unknown
      }
    }
    throw LedgerFailure(.overloaded, "a session changes faster than its changes can be written down")
  }

  private func writing(
    _ state: Known, under lease: Lease, resumedBy request: Int64?
  ) throws(LedgerFailure) -> [[UInt8]] {
    let session = state.record.intent.session
    return Self.evaluation(
      of: RedisScript.write, keys: [key(of: session), openKey, endedKey, ordinalsKey],
      [
        session.bytes, String(lease.fence).bytes, String(state.version).bytes,
        try RecordDocument.bytes(of: state.record), (state.record.state == .ended ? "1" : "0").bytes,
        String(LedgerBounds.endedSessions).bytes, sessionPrefix.bytes, (request.map { String($0) } ?? "").bytes,
      ])
  }

  public func session(_ session: String) async throws(LedgerFailure) -> SessionRecord? {
    try await read(session)?.record
  }

  private func read(_ session: String) async throws(LedgerFailure) -> Known? {
    let reply = try await perform(["HMGET", key(of: session), "fence", "version", "owner", "document"])
    guard let fields = reply.elements, fields.count == 4 else { throw Self.strangeReply }
    return fields[0] == .nothing ? nil : try state(in: fields)
  }

  public func claim(
    _ session: String, by relay: RelayID, _ rule: ClaimRule
  ) async throws(LedgerFailure) -> Claim {
    let reply = try await run(
      RedisScript.claim, keys: [key(of: session)],
      [
        relay.rawValue.bytes, (rule.request.map { String($0) } ?? "").bytes, leaseMilliseconds, mayTakeWhatRanOut,
      ])
    switch try word(reply) {
    case "unknown": throw Self.unknown
    case "overtaken": throw LedgerFailure(.overtaken, "a later request of its client has resumed the session")
    case "held": throw LedgerFailure(.held, "a living relay owns the session")
    default: break
    }
    guard let fields = reply.elements?.last?.elements, fields.count == 4 else { throw Self.strangeReply }
    let state = try state(in: fields)
    keep(state, of: session)
    return Claim(record: state.record, lease: Lease(fence: state.record.fence, validity: settings.leaseTime))
  }

  public func renew(_ leases: [String: Lease]) async throws(LedgerFailure) -> [String: Lease] {
    var good: [String: Lease] = [:]
    var left = leases.sorted { $0.key < $1.key }[...]
    while !left.isEmpty {
      let part = Array(left.prefix(settings.leasesPerScript))
      left = left.dropFirst(part.count)
      let reply = try await run(
        RedisScript.renew, keys: part.map { key(of: $0.key) },
        [leaseMilliseconds] + part.map { String($0.value.fence).bytes })
      guard let answers = reply.elements, answers.count == part.count else { throw Self.strangeReply }
      for ((session, lease), answer) in zip(part, answers) {
        if answer.number == 1 {
          good[session] = Lease(fence: lease.fence, validity: settings.leaseTime)
        } else {
          known[session] = nil
        }
      }
    }
    return good
  }

  public func release(_ session: String, _ lease: Lease) async throws(LedgerFailure) {
    known[session] = nil
    let reply = try await run(RedisScript.release, keys: [key(of: session)], [String(lease.fence).bytes])
    switch try word(reply) {
    case "unknown": throw Self.unknown
    case "fenced": throw Self.fenced
    default: return
    }
  }

  /// One that cannot be understood, as another version or a mistake may have left it, keeps nobody from the others.
  public func orphans(for relay: RelayID) async throws(LedgerFailure) -> [SessionRecord] {
    let reply = try await run(
      RedisScript.orphans, keys: [openKey], [sessionPrefix.bytes, mayTakeWhatRanOut])
    guard let found = reply.elements else { throw Self.strangeReply }
    var records: [SessionRecord] = []
    for fields in found {
      let fields = fields.elements ?? []
      do throws(LedgerFailure) { records.append(try state(in: Array(fields.prefix(4))).record) } catch {
        noteUnreadable(fields.last?.string ?? "?")
      }
    }
    return records
  }

  /// Tells of a record that cannot be understood, once.
  private func noteUnreadable(_ session: String) {
    guard !unreadable.contains(session), unreadable.count < settings.recordsKept else { return }
    unreadable.insert(session)
    settings.onUnreadable(session)
  }

  public func unended(at provider: String) async throws(LedgerFailure) -> [SessionRecord] {
    try records(await run(RedisScript.unended, keys: [openKey], [sessionPrefix.bytes, provider.bytes]))
  }

  public func charge(_ milliseconds: Int64, to day: Int64) async throws(LedgerFailure) -> Int64 {
    let reply = try await run(
      RedisScript.charge, keys: [settings.keyPrefix + "account:\(day)"],
      [String(milliseconds).bytes, String(LedgerBounds.accountDays * 86_400).bytes])
    guard let total = reply.number else { throw Self.strangeReply }
    return total
  }

  // MARK: Replies

  private func records(_ reply: RedisReply) throws(LedgerFailure) -> [SessionRecord] {
    guard let found = reply.elements else { throw Self.strangeReply }
    return try found.map { fields throws(LedgerFailure) in try state(in: fields.elements ?? []).record }
  }

  private func state(in fields: [RedisReply]) throws(LedgerFailure) -> Known {
    guard fields.count == 4, let fence = fields[0].number, let version = fields[1].number, let owner = fields[2].string,
      case .text(let document) = fields[3]
    else { throw Self.strangeReply }
    return Known(record: try RecordDocument(bytes: document).record(owner: owner, fence: fence), version: version)
  }

  private func word(_ reply: RedisReply) throws(LedgerFailure) -> String {
    guard let word = reply.elements?.first?.string else { throw Self.strangeReply }
    return word
  }

  private func keep(_ state: Known, of session: String) {
    guard known[session] != nil || known.count < settings.recordsKept else { return }
    known[session] = state
  }

  private static let fenced = LedgerFailure(.fenced, "another relay has claimed the session since")
  private static let unknown = LedgerFailure(.unknownSession, "the session is not in the ledger, or over")
  private static let strangeReply = LedgerFailure(.corrupt, "the ledger's server gave another kind of answer")

  // MARK: Scripts

  private func run(
    _ script: String, keys: [String], _ arguments: [[UInt8]]
  ) async throws(LedgerFailure) -> RedisReply {
    try await perform(Self.evaluation(of: script, keys: keys, arguments))
  }

  /// The server keeps a script that it has seen; sending it each time survives its restarts.
  private static func evaluation(of script: String, keys: [String], _ arguments: [[UInt8]]) -> [[UInt8]] {
    ["EVAL".bytes, script.bytes, String(keys.count).bytes] + keys.map(\.bytes) + arguments
  }

  /// A lease that ran out says that its owner is dead only if that owner could have renewed it: not before the server
  /// has been reachable from here for the time of a lease.
  private var mayTakeWhatRanOut: [UInt8] {
    guard case .open(_, let since) = activity, since.duration(to: clock.now) >= settings.leaseTime else {
      return "0".bytes
    }
    return "1".bytes
  }

  private var leaseMilliseconds: [UInt8] {
    let (seconds, attoseconds) = settings.leaseTime.components
    return String(seconds * 1000 + attoseconds / 1_000_000_000_000_000).bytes
  }

  private var sessionPrefix: String { settings.keyPrefix + "session:" }
  private var openKey: String { settings.keyPrefix + "open" }
  private var endedKey: String { settings.keyPrefix + "ended" }
  private var ordinalsKey: String { settings.keyPrefix + "ordinals" }
  private func key(of session: String) -> String { sessionPrefix + session }
}

extension ClaimRule {
  /// The request by which a client came; nil where none did.
  fileprivate var request: Int64? {
    switch self {
    case .ifOrphaned: nil
    case .byClient(let request): request
    }
  }
}
