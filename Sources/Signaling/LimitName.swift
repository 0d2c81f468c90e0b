// The names of the limits that an error can be about.

/// A limit of the server's operator, as `data.limit` of an error names it; each has its setting.
public enum LimitName: String, Sendable, Hashable, CaseIterable {
  case sessions
  case sessionsPerConnection
  /// Of the token's subject, or of the connection's address where no tokens are in use.
  case sessionsPerSubject
  case sessionsPerProvider
  case waitingOpens
  case talksPerMinute
  case charactersPerMinute
  case totalTalksPerMinute
  case totalCharactersPerMinute
  case totalSecondsPerDay
  case messagesPerSecond
  case budgetSeconds
}
