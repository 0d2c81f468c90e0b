// How long each call to a provider may take.

/// The whole-call timeouts, connecting included. The defaults are this program's own; no vendor publishes any.
public struct CallTimeouts: Sendable, Hashable {
  /// A new session, which may have to wait for a free machine at the provider.
  public var open: Duration = .seconds(30)
  /// The browser's description.
  public var describe: Duration = .seconds(15)
  /// One candidate, or their end.
  public var candidate: Duration = .seconds(10)
  /// A talk: some providers answer only when the speech was synthesised.
  public var speak: Duration = .seconds(60)
  public var interrupt: Duration = .seconds(10)
  public var extend: Duration = .seconds(10)
  public var close: Duration = .seconds(10)
  /// What is asked outside a session: lists and tokens.
  public var inquiry: Duration = .seconds(10)

  public init() {}
}
