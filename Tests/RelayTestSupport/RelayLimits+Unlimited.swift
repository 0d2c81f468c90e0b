// Takes the quotas away that an operator would set, for tests that are about something else.
import Relay

extension RelayLimits {
  /// The defaults without any quota: as many sessions and talks as anybody asks for, and nobody waits for a place.
  public static var withoutQuotas: RelayLimits {
    var limits = RelayLimits()
    limits.maximumSessionsPerSubject = nil
    limits.waitingOpens = 0
    limits.waitingOpensPerSubject = nil
    limits.opensPerMinute = nil
    limits.totalOpensPerMinute = nil
    limits.talksPerMinute = nil
    limits.charactersPerMinute = nil
    return limits
  }
}
