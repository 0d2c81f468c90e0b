// What each fact does in each state, and what the values never show.
import Foundation
import Ledger
import LedgerTestSupport
import SessionValues
import Testing

@Suite struct SessionRecordTests {
  private static let facts: [String: LedgerFact] = [
    "opened": .sampleOpened, "notOpened": .notOpened, "unseen": .unseen, "secrets": .secrets([]),
    "described": .described(at: WallTime(millisecondsSinceEpoch: 1)),
    "connected": .connected(at: WallTime(millisecondsSinceEpoch: 1)), "speakIntended": .sampleSpeak(1),
    "speakEnded": .speakEnded(request: 1, .unknown),
    "partIntended": .partIntended(request: 1, PartProgress(taken: 0, handedOn: 1), at: WallTime(millisecondsSinceEpoch: 1)),
    "partsEnded": .partsEnded(request: 1, isComplete: true), "active": .active(at: WallTime(millisecondsSinceEpoch: 1)),
    "reported": .reported(iceState: "new", dataChannel: nil),
    "closing": .closing(reason: "client"), "closeFailed": .closeFailed, "closed": .sampleClosed,
    "abandoned": .abandoned(at: WallTime(millisecondsSinceEpoch: 1)),
  ]

  /// State × fact: the state afterwards; what is missing is illegal.
  private static let table: [RecordState: [String: RecordState]] = [
    .intended: [
      "opened": .open, "notOpened": .ended, "unseen": .unseen, "closing": .intended, "closed": .ended,
      "abandoned": .ended,
    ],
    .unseen: [
      "opened": .open, "notOpened": .ended, "unseen": .unseen, "closing": .unseen, "closeFailed": .unseen,
      "closed": .ended,
      "abandoned": .ended,
    ],
    .open: [
      "secrets": .open, "described": .open, "connected": .open, "reported": .open, "speakIntended": .open, "speakEnded": .open, "partIntended": .open,
      "partsEnded": .open,
      "active": .open,
      "closing": .closing, "closeFailed": .open, "closed": .ended, "abandoned": .ended,
    ],
    .closing: [
      "secrets": .closing, "described": .closing, "connected": .closing, "reported": .closing, "speakEnded": .closing, "partsEnded": .closing, "active": .closing,
      "closing": .closing,
      "closeFailed": .closing, "closed": .ended, "abandoned": .ended,
    ],
    .ended: [
      "notOpened": .ended, "secrets": .ended, "described": .ended, "connected": .ended, "reported": .ended, "speakEnded": .ended, "partsEnded": .ended,
      "active": .ended,
      "closing": .ended, "closeFailed": .ended, "closed": .ended, "abandoned": .ended,
    ],
  ]

  private func record(in state: RecordState) throws -> SessionRecord {
    var record = SessionRecord(.sample("s"))
    let way: [LedgerFact] =
      switch state {
      case .intended: []
      case .unseen: [.unseen]
      case .open: [.sampleOpened]
      case .closing: [.sampleOpened, .closing(reason: "idle")]
      case .ended: [.sampleOpened, .sampleClosed]
      }
    for fact in way { try record.apply(fact) }
    #expect(record.state == state)
    return record
  }

  @Test(arguments: RecordState.allCases, facts.keys.sorted())
  func everyFactInEveryState(state: RecordState, name: String) throws {
    let fact = try #require(Self.facts[name])
    var record = try record(in: state)
    let before = record
    if let expected = Self.table[state]?[name] {
      try record.apply(fact)
      #expect(record.state == expected)
    } else {
      let failure = #expect(throws: LedgerFailure.self) { try record.apply(fact) }
      #expect(failure?.code == .illegalFact)
      #expect(record == before)
    }
  }

  @Test func theFirstReasonAndTheFirstEndingStay() throws {
    var record = try record(in: .open)
    for fact in [LedgerFact.closing(reason: "idle"), .closing(reason: "draining"), .abandoned(at: WallTime(millisecondsSinceEpoch: 7000)), .sampleClosed] {
      try record.apply(fact)
    }
    #expect(record.reason == "idle")
    #expect(record.ending == .abandoned && record.endedAt == WallTime(millisecondsSinceEpoch: 7000))
  }

  @Test func timesNeverGoBack() throws {
    var record = try record(in: .open)
    try record.apply(.active(at: WallTime(millisecondsSinceEpoch: 9000)))
    try record.apply(.sampleSpeak(3, at: 10))
    try record.apply(.active(at: WallTime(millisecondsSinceEpoch: 10)))
    #expect(record.lastActiveAt == WallTime(millisecondsSinceEpoch: 9000))
    #expect(WallTime(millisecondsSinceEpoch: 5000).age(at: WallTime(millisecondsSinceEpoch: 1)) == .zero)
  }

  @Test func aSpeakIsIntendedOnce() throws {
    var record = try record(in: .open)
    try record.apply(.sampleSpeak(3))
    try record.apply(.speakEnded(request: 3, .unknown))
    try record.apply(.sampleSpeak(3))
    #expect(record.speaks.count == 1)
    #expect(record.speak(3)?.outcome == .unknown)
  }

  @Test func hashesAreKeptAsDigits() throws {
    let hash = SecretHash(bytes: Array(0...255))
    #expect(try JSONDecoder().decode(SecretHash.self, from: JSONEncoder().encode(hash)) == hash)
    for text in ["\"0\"", "\"0g\"", "\"0G\"", "1", "\"é\""] {
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(SecretHash.self, from: Data(text.utf8)) }
    }
  }

  @Test("A word of a newer version leaves the rest readable, and is no damage to an older one")
  func unknownWords() throws {
    let json = #"{"negotiation":"telepathy","interrupt":"wink","canExtend":true,"takesSSML":true,"takesAudio":true,"idleLimitMs":7}"#
    let terms = try JSONDecoder().decode(SessionTerms.self, from: Data(json.utf8))
    #expect(terms == SessionTerms(negotiation: nil, capabilities: nil, idleLimitMs: 7, lifetimeMs: nil))
    #expect(try JSONDecoder().decode(SessionTerms.self, from: JSONEncoder().encode(terms)) == terms)
  }

  @Test("A record of an older version says nothing of parts, which were joined by nobody; a newer word is not guessed at")
  func parts() throws {
    func terms(_ parts: String) throws -> SessionTerms {
      let json = #"{"negotiation":"room","interrupt":"none",\#(parts)"canExtend":true,"takesSSML":true,"takesAudio":true}"#
      return try JSONDecoder().decode(SessionTerms.self, from: Data(json.utf8))
    }
    #expect(try terms("").capabilities?.parts == .joined)
    #expect(try terms(#""parts":"native","#).capabilities?.parts == .native)
    #expect(try terms(#""parts":"telepathic","#).capabilities == nil)
  }

  @Test("The terms are kept as one level of words and numbers")
  func termsAsJSON() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(
      String(decoding: try encoder.encode(SessionTerms.sample), as: UTF8.self)
        == #"{"canExtend":true,"idleLimitMs":300000,"interrupt":"relay","negotiation":"providerOffers","parts":"joined","takesAudio":false,"takesSSML":true}"#
    )
  }

  @Test func nothingThatOpensASessionIsPrinted() throws {
    let handle = SessionHandle(id: "canary-id", routing: "canary-cookie", contract: "canary-contract")
    var record = SessionRecord(.sample("s"))
    let secret = SecretHash(bytes: Array(repeating: 77, count: 32))
    try record.apply(
      .opened(handle, .sample, secrets: [secret], at: WallTime(millisecondsSinceEpoch: 1)))
    var printed = ""
    dump(record, to: &printed)
    print(record, handle, secret, separator: "\n", to: &printed)
    #expect(!printed.contains("canary") && !printed.contains("77"))
  }
}
