// Values for tests of ledgers.
import Ledger

extension SessionIntent {
  public static func sample(_ session: String, provider: String = "p", relay: String = "r1", at: Int64 = 1000) -> Self {
    SessionIntent(
      session: session, provider: provider, relay: RelayID(rawValue: relay), at: WallTime(millisecondsSinceEpoch: at),
      subject: "alice", idleLimitMs: 300_000)
  }
}

extension LedgerFact {
  public static let sampleOpened = LedgerFact.opened(
    .sample, .sample, secrets: [SecretHash(of: "secret1")], at: WallTime(millisecondsSinceEpoch: 1500))

  public static func sampleSpeak(_ request: Int64, at: Int64 = 2000) -> LedgerFact {
    .speakIntended(
      request: request, ScriptFingerprint(session: "s", request: request, content: "text"),
      at: WallTime(millisecondsSinceEpoch: at))
  }
}

extension ProviderHandle {
  public static let sample = ProviderHandle(id: "up1", routing: "AWSALB=abc; Path=/", contract: "talks")
}

extension SessionTerms {
  public static let sample = SessionTerms(
    awaits: "answer", interrupt: "relay", canExtend: true, takesSSML: true, takesAudio: false, hasOwnEvents: false,
    idleLimitMs: 300_000, lifetimeMs: nil)
}
