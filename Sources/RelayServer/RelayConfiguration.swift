// What the relay runs with, read and checked.
import Logging
import ProviderHTTP
import Transport

/// The whole configuration of a relay.
public struct RelayConfiguration: Sendable {
  /// One provider: where it is and with which key. A provider without a key is not served.
  public struct Provider: Sendable {
    public var url: String
    public var key: Secret?
    /// After how much silence the provider ends a session.
    public var idleLimit: Duration
  }

  /// How log lines look.
  public enum LogFormat: String, Sendable, CaseIterable { case auto, text, json }

  public var listener: ListenerConfiguration
  /// Whose word about a client's address is believed.
  public var clientAddress: ClientAddress
  /// Where the operator's requests are taken; nil takes none.
  public var admin: AdminSettings?
  /// Bounds that keep strangers from spending the owner's money.
  public var guards: CostGuards
  public var webRoot: String?
  public var allowedOrigins: [String]
  /// Where access tokens are asked for; nil serves everybody who reaches the listener.
  public var access: AccessSettings?
  /// How long sessions outlive their token.
  public var accessGrace: Duration
  /// Where sessions are written down.
  public var ledger: LedgerChoice
  /// What a shared ledger's server asks for; nil where it asks for nothing.
  public var ledgerPassword: Secret?
  /// How long a relay's claim on a session is good where several share the ledger.
  public var ledgerLeaseTime: Duration
  /// Nobody else uses the keys, so that a session which nobody knows may be ended.
  public var hasExclusiveKeys: Bool
  public var did: Provider
  /// The photo of D-ID talks that name no avatar.
  public var didSourceURL: String?
  public var heygen: Provider
  public var heygenUsesSessionTokens: Bool
  public var upstream: HTTPClientConfiguration
  public var maximumSessions: Int
  public var maximumSessionsPerConnection: Int
  /// The hard lifetime of a session, where its provider sets no shorter one; nil for none.
  public var sessionLifetime: Duration?
  /// How long a session outlives its connection.
  public var graceTime: Duration
  public var expiryWarning: Duration
  public var drainDeadline: Duration
  public var logLevel: Logger.Level
  public var logFormat: LogFormat
}
