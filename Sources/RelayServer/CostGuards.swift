// The settings that keep strangers from spending the owner's money.

/// Bounds by subject, by provider, by connection and in all; nil where there is none.
public struct CostGuards: Sendable, Hashable {
  public var sessionsPerSubject: Int
  /// By the provider's name.
  public var sessionsPerProvider: [String: Int]
  /// How many requests wait for a free session of one provider, and how long.
  public var waitingOpens: Int
  public var waitingTime: Duration
  /// Of one subject or address.
  public var talksPerMinute: Int?
  public var charactersPerMinute: Int?
  /// Of all.
  public var totalTalksPerMinute: Int?
  public var totalCharactersPerMinute: Int?
  /// Of all, from 00:00 UTC on.
  public var totalSecondsPerDay: Int?
  /// Of one connection.
  public var messagesPerSecond: Int?
  public var messageBurst: Int
  /// WebSockets of one address.
  public var connectionsPerAddress: Int
}

extension CostGuards {
  init(_ sources: ConfigurationSources) throws(ConfigurationError) {
    func limit(_ key: ConfigurationKey, _ most: Int = 1_000_000_000) throws(ConfigurationError) -> Int? {
      let value = try sources.int(key, in: 0...most)
      return value == 0 ? nil : value
    }
    sessionsPerSubject = try sources.int(.limitSessionsPerSubject, in: 1...100_000)
    sessionsPerProvider = [:]
    sessionsPerProvider["did"] = try limit(.didMaximumSessions, 100_000)
    sessionsPerProvider["heygen"] = try limit(.heygenMaximumSessions, 100_000)
    waitingOpens = try sources.int(.limitWaitingOpens, in: 0...10_000)
    waitingTime = try sources.seconds(.limitWaitingSeconds, in: 1...3600)
    talksPerMinute = try limit(.limitTalksPerMinute)
    charactersPerMinute = try limit(.limitCharactersPerMinute)
    totalTalksPerMinute = try limit(.limitTotalTalksPerMinute)
    totalCharactersPerMinute = try limit(.limitTotalCharactersPerMinute)
    totalSecondsPerDay = try limit(.limitTotalSecondsPerDay)
    messagesPerSecond = try limit(.limitMessagesPerSecond, 1_000_000)
    messageBurst = try sources.int(.limitMessageBurst, in: 1...1_000_000)
    connectionsPerAddress = try sources.int(.limitConnectionsPerAddress, in: 1...1_000_000)
  }
}
