// The bounds of the session core that are configuration.
import Relay

extension RelayConfiguration {
  /// The core's limits: its own defaults with what is configured.
  var relayLimits: RelayLimits {
    var limits = RelayLimits()
    limits.maximumSessions = maximumSessions
    limits.maximumSessionsPerConnection = maximumSessionsPerConnection
    limits.maximumSessionsPerPayer = guards.sessionsPerSubject
    limits.maximumSessionsPerProvider = guards.sessionsPerProvider
    limits.waitingOpens = guards.waitingOpens
    limits.waitingTime = guards.waitingTime
    limits.talksPerMinute = guards.talksPerMinute
    limits.charactersPerMinute = guards.charactersPerMinute
    limits.totalTalksPerMinute = guards.totalTalksPerMinute
    limits.totalCharactersPerMinute = guards.totalCharactersPerMinute
    limits.totalSecondsPerDay = guards.totalSecondsPerDay
    limits.lifetime = sessionLifetime
    limits.graceTime = graceTime
    limits.expiryWarning = expiryWarning
    limits.accessGrace = accessGrace
    limits.authorizationTime = listener.handshakeTimeout
    return limits
  }
}
