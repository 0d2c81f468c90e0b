// The bounds of the session core that are configuration.
import Relay

extension RelayConfiguration {
  /// The core's limits: its own defaults with what is configured.
  var relayLimits: RelayLimits {
    var limits = RelayLimits()
    limits.maximumSessions = maximumSessions
    limits.maximumSessionsPerConnection = maximumSessionsPerConnection
    limits.lifetime = sessionLifetime
    limits.graceTime = graceTime
    limits.expiryWarning = expiryWarning
    limits.accessGrace = accessGrace
    limits.authorizationTime = listener.handshakeTimeout
    return limits
  }
}
