// A request for a session that may have to wait for a place.
import AvatarProvider
import Signaling
import Timekeeping

/// A `session.open`, with all that is needed to carry it out later.
struct WaitingOpen: Sendable {
  /// Tells it from all others.
  let ticket: UInt64
  let request: RequestID
  let connection: ConnectionID
  let provider: any AvatarProvider
  let wanted: OpenRequest
  /// When the client is told that no place came free.
  let deadline: MonotonicInstant
  /// The provider's own words when it had no place.
  var refusal: SignalingError?
  /// The position that the client was told last; nil where it was told none.
  var announced: Int?
}
