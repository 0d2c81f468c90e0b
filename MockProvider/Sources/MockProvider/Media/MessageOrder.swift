// Puts messages in the order in which faults have them go out.
import Basics

/// The messages of one sender, of which one may wait for the next, and some for their time.
struct MessageOrder<Message> {
  /// What becomes of a message, and of the one that waited for it.
  struct Passage {
    /// What goes out at once, in order.
    var now: [Message] = []
    /// What goes out when some time has passed; it is counted until ``MessageOrder/lateHasLeft()``.
    var late: (message: Message, delay: Duration)?
  }

  /// Most messages that wait for their time; further ones go out at once.
  static var lateLimit: Int { 64 }

  /// Goes out right behind the next one.
  private var swapped: Message?
  private var lateCount = 0

  /// - Parameter fate: nil where nothing goes wrong.
  mutating func pass(_ message: Message, _ fate: MessageFault.Fate?) -> Passage {
    switch fate {
    case .lost: return Passage()
    case .late(let delay) where lateCount < Self.lateLimit:
      lateCount += 1
      return Passage(late: (message, delay))
    case .swapped where swapped == nil:
      swapped = message
      return Passage()
    case .twice, .late, .swapped, nil:
      defer { swapped = nil }
      return Passage(now: [message] + (fate == .twice ? [message] : []) + (swapped.map { [$0] } ?? []))
    }
  }

  /// A message whose time had not come has gone out.
  mutating func lateHasLeft() { lateCount -= 1 }
}
