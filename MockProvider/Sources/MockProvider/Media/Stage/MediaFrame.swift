// One picture of a session's video.
import Timekeeping

/// When a picture is due, and what is being said then.
struct MediaFrame: Equatable {
  let due: MonotonicInstant
  /// Nil while nobody speaks.
  let talk: String?
  /// Since the talk's beginning; zero without one.
  let position: Duration
}
