// Values for tests of ledgers.
import Ledger
import SessionValues

extension SessionIntent {
  public static func sample(_ session: String, provider: String = "p", relay: String = "r1", at: Int64 = 1000) -> Self {
    SessionIntent(
      session: session, provider: provider, relay: RelayID(rawValue: relay), at: WallTime(millisecondsSinceEpoch: at),
      subject: "alice", idleLimitMs: 300_000)
  }
}

extension LedgerFact {
  public static let sampleOpened = LedgerFact.opened(
    .sample, .sample, secrets: [.sample(1)], at: WallTime(millisecondsSinceEpoch: 1500))

  public static let sampleClosed = LedgerFact.closed(at: WallTime(millisecondsSinceEpoch: 8000))

  public static func sampleSpeak(_ request: Int64, at: Int64 = 2000) -> LedgerFact {
    .speakIntended(
      request: request, ScriptFingerprint(hex: "0123456789abcdef"), at: WallTime(millisecondsSinceEpoch: at))
  }
}

extension SessionHandle {
  public static let sample = SessionHandle(id: "up1", routing: "AWSALB=abc; Path=/", contract: "talks")
}

extension SessionTerms {
  public static let sample = SessionTerms(
    negotiation: .providerOffers,
    capabilities: SessionCapabilities(interrupt: .relay, extend: true, ssml: true, audio: false),
    idleLimitMs: 300_000, lifetimeMs: nil)
}

extension SecretHash {
  public static func sample(_ number: UInt8) -> Self { SecretHash(bytes: Array(repeating: number, count: 32)) }
}

extension SessionRecord {
  /// The speak of a request, if one is remembered.
  public func speak(_ request: Int64) -> SpeakRecord? { speaks.last { $0.request == request } }
}
