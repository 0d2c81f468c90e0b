// What an operator sees of one session.
import AvatarProvider
import Signaling

/// A session in a list: who has it, where, and since when. No secret, no text and no address of media is in it.
public struct SessionSummary: Sendable, Hashable {
  public let session: SessionID
  public let provider: ProviderID
  /// The token's subject, or the connection's address where no tokens are in use.
  public let payer: Payer
  public let state: SessionState
  /// Since it was asked for.
  public let age: Duration
  /// Talks that the provider accepted.
  public let talks: Int
  /// Nil while none has it.
  public let connection: ConnectionID?
}
