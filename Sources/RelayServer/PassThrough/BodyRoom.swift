// Decides how much memory the bodies of pages' calls may take, in all and for each caller.
import Basics
import Relay

/// Room for bodies that are read and not answered yet. They are read whole before anything is done about them, since what a
/// call asks for stands in them (docs/decisions/0016).
struct BodyRoom: Sendable {
  /// The largest body in bytes: a picture of 10 MiB in a `data:` URL, and what is said beside it, which is what the mock
  /// takes. The vendors' documents know of nothing longer than a text of 40,000 characters.
  static let maximumBodyBytes = 15 << 20
  /// The largest that does not say at its beginning how long it is.
  static let maximumUnmeasuredBytes = 1 << 20
  /// Most bytes of all that one caller has under way: by its token's subject or, without tokens, by its address.
  static let maximumBytesPerCaller = 32 << 20
  /// Most bytes of all.
  static let maximumBytes = 128 << 20

  private var taken = 0
  private var takenBy = Tally<Subject>()

  /// Sets room aside.
  /// - Returns: whether there was enough of it.
  mutating func take(_ bytes: Int, for caller: Subject) -> Bool {
    guard taken + bytes <= Self.maximumBytes, takenBy[caller] + bytes <= Self.maximumBytesPerCaller else {
      return false
    }
    taken += bytes
    takenBy.add(bytes, to: caller)
    return true
  }

  /// Gives back what was taken.
  mutating func giveBack(_ bytes: Int, of caller: Subject) {
    taken -= bytes
    takenBy.add(-bytes, to: caller)
  }
}
