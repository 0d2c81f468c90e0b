// Who decides what a token is worth.
import Signaling
import Timekeeping

/// Reads tokens. It is called on the registry's executor and returns at once.
public protocol AccessGate: Sendable {
  /// The permit that a token stands for.
  /// - Parameters:
  ///   - origin: the origin of the page that shows it; nil where there is none.
  ///   - now: the time on the registry's clock, on which the permit's expiry is given.
  /// - Throws: an error of kind `access.denied` whose message is the name of the reason.
  func permit(
    for token: JoinToken, from origin: String?, at now: MonotonicInstant
  ) throws(SignalingError) -> Permit
}
