// Checks every promise that a store of the ledger makes, whatever the store.
import Ledger
import SessionValues

/// The promises of ``Ledger`` that hold for every store. Each check wants sessions of names that it has not seen.
public struct LedgerContract: Sendable {
  public enum Check: String, Sendable, CaseIterable {
    case life, speaks, talks, boundOfSpeaks, duplicate, unknown, refusedFactsChangeNothing, claimsFence, renewal, release
    case lists, wordsOfEveryKind, accounts
  }

  private let ledger: any Ledger
  private let relay = RelayID(rawValue: "r1")
  private let successor = RelayID(rawValue: "r2")

  public init(_ ledger: any Ledger) { self.ledger = ledger }

  public func run(_ check: Check) async throws {
    switch check {
    case .life: try await life()
    case .speaks: try await speaks()
    case .talks: try await talks()
    case .boundOfSpeaks: try await boundOfSpeaks()
    case .duplicate: try await duplicate()
    case .unknown: try await unknown()
    case .refusedFactsChangeNothing: try await refusedFactsChangeNothing()
    case .claimsFence: try await claimsFence()
    case .renewal: try await renewal()
    case .release: try await release()
    case .lists: try await lists()
    case .wordsOfEveryKind: try await wordsOfEveryKind()
    case .accounts: try await accounts()
    }
  }

  /// What the store keeps is what the facts mean, after each one.
  private func life() async throws {
    let intent = SessionIntent.sample("life")
    var expected = SessionRecord(intent)
    let lease = try await ledger.begin(intent)
    try promise(lease.fence == 1, "the first fence is 1")
    try promise(try await ledger.session("life") == expected, "an intent is kept")
    let facts: [LedgerFact] = [
      .sampleOpened, .described(at: WallTime(millisecondsSinceEpoch: 1700)),
      .connected(at: WallTime(millisecondsSinceEpoch: 1900)), .sampleSpeak(4),
      .speakEnded(request: 4, .spoken(talk: "t1", durationMs: 1200)),
      .secrets([.sample(2), .sample(1)]),
      .reported(iceState: "connected", dataChannel: nil), .reported(iceState: nil, dataChannel: "open"),
      .active(at: WallTime(millisecondsSinceEpoch: 5000)), .closing(reason: "client"), .closeFailed, .sampleClosed,
      .closed(at: WallTime(millisecondsSinceEpoch: 9000)), .secrets([.sample(3), .sample(2)]),
    ]
    for fact in facts {
      try expected.apply(fact)
      try await ledger.record([fact], of: "life", under: lease)
      let kept = try await ledger.session("life")
      try promise(kept == expected, "after \(fact) the record is \(String(describing: kept)), not \(expected)")
    }
    try promise(expected.ending == .closed && expected.handle?.routing == "", "the end takes what opens a session")
    try promise(expected.secrets.count == 2, "the end leaves what tells its client from others")
    try promise(expected.endedAt == WallTime(millisecondsSinceEpoch: 8000), "the first end counts")
    try promise(expected.iceState == "connected" && expected.dataChannel == "open", "each report stays")
  }

  private func speaks() async throws {
    let lease = try await open("speaks")
    try await ledger.record([.sampleSpeak(2), .sampleSpeak(3)], of: "speaks", under: lease)
    try await ledger.record([.speakEnded(request: 3, .unknown)], of: "speaks", under: lease)
    try await ledger.record([.speakEnded(request: 2, .refused(kind: "talk.tooLong"))], of: "speaks", under: lease)
    try await ledger.record([.sampleSpeak(7)], of: "speaks", under: lease)
    let record = try await ledger.session("speaks")
    try promise(record?.speaks.map(\.request) == [2, 3, 7], "speaks are kept in order")
    try promise(record?.speak(2)?.outcome == .refused(kind: "talk.tooLong"), "a refusal is kept")
    try promise(record?.speak(3)?.outcome == .unknown, "an unknown fate is kept")
    try await ledger.record(
      [.partIntended(request: 7, PartProgress(taken: -1, handedOn: 2), at: WallTime(millisecondsSinceEpoch: 3000))],
      of: "speaks", under: lease)
    try promise(
      try await ledger.session("speaks")?.speak(7)?.parts == PartProgress(taken: -1, handedOn: 2), "progress is kept")
    try await ledger.record(
      [
        .speakEnded(request: 7, .spoken(talk: "t", durationMs: nil)),
        .partIntended(request: 7, PartProgress(taken: 2, handedOn: 3), at: WallTime(millisecondsSinceEpoch: 4000)),
      ], of: "speaks", under: lease)
    try await ledger.record([.partsEnded(request: 7, isComplete: true)], of: "speaks", under: lease)
    let written = try await ledger.session("speaks")
    try promise(
      written?.speak(7)?.parts == PartProgress(taken: 3, handedOn: 3, isEnded: true)
        && written?.speak(3)?.parts == nil, "the end of parts is kept")
    try promise(written?.lastActiveAt == WallTime(millisecondsSinceEpoch: 4000), "parts are activity")
    try promise(record?.speak(7)?.outcome == nil && record?.highestSpeak == 7, "no outcome is no outcome")
  }

  /// Facts of talks are what is written most, and stores may have a way of their own for them.
  private func talks() async throws {
    var expected = SessionRecord(.sample("talks"))
    try expected.apply(.sampleOpened)
    let lease = try await open("talks")
    let steps: [[LedgerFact]] = [
      // A use before the first talk, and one that is told late.
      [.active(at: WallTime(millisecondsSinceEpoch: 2900))],
      [.active(at: WallTime(millisecondsSinceEpoch: 2800))],
      [.speakEnded(request: 5, .unknown)],
      [.sampleSpeak(5, at: 3000)],
      // What became of one talk goes with the intent of the next.
      [.speakEnded(request: 5, .spoken(talk: "t\"1\n\u{0}\u{1F600}", durationMs: nil)), .sampleSpeak(7, at: 2500)],
      [.sampleSpeak(5, at: 4000)],
      [.sampleSpeak(6, at: 100), .speakEnded(request: 6, .refused(kind: "talk.tooLong")), .speakEnded(request: 7, .unknown)],
      [.sampleSpeak(8), .active(at: WallTime(millisecondsSinceEpoch: 9000))],
      [.closing(reason: "client"), .speakEnded(request: 8, .spoken(talk: "t2", durationMs: 12))],
      [.speakEnded(request: 7, .refused(kind: "provider.moderation"))],
      [.active(at: WallTime(millisecondsSinceEpoch: 9500))],
      [.sampleClosed], [.speakEnded(request: 8, .unknown)],
    ]
    for facts in steps {
      for fact in facts { try expected.apply(fact) }
      try await ledger.record(facts, of: "talks", under: lease)
      let kept = try await ledger.session("talks")
      try promise(kept == expected, "after \(facts) the record is \(String(describing: kept)), not \(expected)")
    }
    try await expect(.illegalFact) {
      try await ledger.record([.speakEnded(request: 7, .unknown), .sampleSpeak(9)], of: "talks", under: lease)
    }
    try promise(try await ledger.session("talks") == expected, "a talk in a session that is over changes nothing")
    let old = try await open("talks of two")
    try await ledger.record([.sampleSpeak(1)], of: "talks of two", under: old)
    let record = try await ledger.claim("talks of two", by: successor, .byClient(request: 1)).record
    for facts: [LedgerFact] in [[.speakEnded(request: 1, .unknown)], [.speakEnded(request: 1, .unknown), .sampleSpeak(2)]] {
      try await expect(.fenced) { try await ledger.record(facts, of: "talks of two", under: old) }
    }
    try promise(try await ledger.session("talks of two") == record, "who lost a session changes nothing")
    try await expect(.unknownSession) {
      try await ledger.record([.sampleSpeak(1)], of: "talks of nobody", under: Lease(fence: 1))
    }
  }

  private func boundOfSpeaks() async throws {
    let lease = try await open("bound")
    let count = Int64(LedgerBounds.speaksPerSession)
    for request in 1...count + 3 {
      var facts = [LedgerFact.sampleSpeak(request)]
      if request != 1 { facts.append(.speakEnded(request: request, .unknown)) }
      try await ledger.record(facts, of: "bound", under: lease)
    }
    let record = try await ledger.session("bound")
    try promise(record?.speaks.count == Int(count), "speaks are bounded")
    try promise(record?.speak(1) != nil && record?.speak(2) == nil, "the oldest with an outcome goes first")
    try promise(record?.highestSpeak == count + 3, "the highest is remembered")
    let early = try await open("bound, highest first")
    let (hash, late) = (ScriptFingerprint(hex: "00"), WallTime(millisecondsSinceEpoch: 9_000_000))
    try await ledger.record(
      [.speakIntended(request: 5000, hash, at: late), .speakEnded(request: 5000, .unknown)], of: "bound, highest first", under: early)
    for request in 1...count { try await ledger.record([.sampleSpeak(request)], of: "bound, highest first", under: early) }
    let later = try await ledger.session("bound, highest first")
    try promise(later?.speak(5000) == nil && later?.highestSpeak == 5000, "the highest is remembered when it is forgotten itself")
    try promise(later?.lastActiveAt == late, "and so is when it was")
    try await ledger.record(
      [.speakIntended(request: count, hash, at: WallTime(millisecondsSinceEpoch: 9_000_001))], of: "bound, highest first", under: early)
    let again = try await ledger.session("bound, highest first")
    try promise(again?.speaks == later?.speaks, "what is intended again is there once")
    try promise(again?.lastActiveAt == WallTime(millisecondsSinceEpoch: 9_000_001), "and is activity")
  }

  private func duplicate() async throws {
    _ = try await ledger.begin(.sample("twice"))
    try await expect(.duplicateSession) { try await ledger.begin(.sample("twice")) }
  }

  private func unknown() async throws {
    try promise(try await ledger.session("nobody") == nil, "an unknown session is nil")
    try await expect(.unknownSession) { try await ledger.record([.sampleClosed], of: "nobody", under: Lease(fence: 1)) }
    try await expect(.unknownSession) { try await ledger.claim("nobody", by: relay, .byClient(request: 1)) }
    try await expect(.unknownSession) { try await ledger.release("nobody", Lease(fence: 1)) }
  }

  private func refusedFactsChangeNothing() async throws {
    let lease = try await open("refused")
    let before = try await ledger.session("refused")
    try await expect(.illegalFact) {
      try await ledger.record([.sampleSpeak(1), .sampleOpened], of: "refused", under: lease)
    }
    try promise(try await ledger.session("refused") == before, "refused facts change nothing")
  }

  private func claimsFence() async throws {
    let old = try await open("fenced")
    let claim = try await ledger.claim("fenced", by: successor, .byClient(request: 1))
    try promise(claim.lease.fence == old.fence + 1, "each claim has a higher fence")
    try promise(claim.record.owner == successor && claim.record.handle == .sample, "a claim brings the record")
    try await expect(.fenced) { try await ledger.record([.sampleClosed], of: "fenced", under: old) }
    try await ledger.record([.sampleClosed], of: "fenced", under: claim.lease)
    try await expect(.unknownSession) { try await ledger.claim("fenced", by: relay, .byClient(request: 1)) }
  }

  private func renewal() async throws {
    let good = try await open("good")
    let lost = try await open("lost")
    let over = try await open("over")
    _ = try await ledger.claim("lost", by: successor, .byClient(request: 1))
    try await ledger.record([.sampleClosed], of: "over", under: over)
    let renewed = try await ledger.renew(["good": good, "lost": lost, "over": over, "nobody": Lease(fence: 1)])
    try promise(renewed == ["good": good], "only leases that are good are renewed")
  }

  private func release() async throws {
    let lease = try await open("released")
    try await ledger.release("released", lease)
    let orphans = try await ledger.orphans(for: successor).map(\.intent.session)
    try promise(orphans.contains("released"), "a released session has no owner")
    let claim = try await ledger.claim("released", by: successor, .ifOrphaned)
    try promise(claim.record.owner == successor, "it can be claimed at once")
    try await expect(.fenced) { try await ledger.release("released", lease) }
  }

  private func accounts() async throws {
    try promise(try await ledger.charge(0, to: 20_000) == 0, "a day begins with nothing")
    try promise(try await ledger.charge(1500, to: 20_000) == 1500, "what is charged is there")
    try promise(try await ledger.charge(500, to: 20_000) == 2000, "charges add up")
    try promise(try await ledger.charge(7, to: 20_001) == 7, "each day has an account")
    try promise(try await ledger.charge(0, to: 20_000) == 2000, "asking changes nothing")
    let large: Int64 = 1_000_000_000_000_000
    try promise(try await ledger.charge(large, to: 20_001) == large + 7, "large numbers stay exact")
  }

  private func lists() async throws {
    _ = try await open("list1", provider: "listed")
    let over = try await open("list2", provider: "listed")
    _ = try await ledger.begin(.sample("list3", provider: "listed"))
    _ = try await open("list4", provider: "other")
    try await ledger.record([.sampleClosed], of: "list2", under: over)
    let unended = try await ledger.unended(at: "listed").map(\.intent.session)
    try promise(unended == ["list1", "list3"], "what is not over is listed, oldest first: \(unended)")
    let own = try await ledger.orphans(for: relay).map(\.intent.session)
    try promise(!own.contains { $0.hasPrefix("list") }, "a relay's own sessions are no orphans")
  }

  /// Names and credentials come from outside and may hold anything.
  private func wordsOfEveryKind() async throws {
    let words = "'; DROP TABLE session; -- \u{1F600}\n\"\\%$1 \u{202E}"
    var intent = SessionIntent.sample("words\(words)", provider: words)
    intent.subject = words
    let lease = try await ledger.begin(intent)
    let handle = SessionHandle(id: words + "\u{0}", routing: words + "\u{0}1", contract: words)
    try await ledger.record(
      [.opened(handle, .sample, secrets: [], at: WallTime(millisecondsSinceEpoch: 1))],
      of: intent.session, under: lease)
    let record = try await ledger.session(intent.session)
    try promise(record?.handle == handle && record?.intent == intent, "every word is kept as it is")
    try promise(try await ledger.unended(at: words).count == 1, "every word is found as it is")
  }

  // MARK: Steps

  private func open(_ session: String, provider: String = "p") async throws -> Lease {
    let lease = try await ledger.begin(.sample(session, provider: provider))
    try await ledger.record([.sampleOpened], of: session, under: lease)
    return lease
  }

  private func expect(_ code: LedgerFailure.Code, _ body: () async throws -> some Sendable) async throws {
    do { _ = try await body() } catch let failure as LedgerFailure {
      return try promise(failure.code == code, "\(failure.code) was thrown, not \(code)")
    }
    throw BrokenPromise(description: "nothing was thrown, but \(code) was expected")
  }
}

/// A check of ``LedgerContract`` that failed.
public struct BrokenPromise: Error, CustomStringConvertible {
  public let description: String
}

/// Checks one promise.
public func promise(_ isKept: Bool, _ words: String) throws(BrokenPromise) {
  guard isKept else { throw BrokenPromise(description: words) }
}
