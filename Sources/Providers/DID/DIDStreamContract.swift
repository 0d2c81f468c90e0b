// Writes down what later calls must know of how a stream was opened, and reads it again.
import AvatarProvider
import SessionValues

/// The contract of a stream, kept as text in ``SessionHandle/contract``: its path (`talks`, `agents/agt_1`)
/// and whether talks can be cut off.
struct DIDStreamContract: Equatable {
  private static let interruptibleMark = ";interruptible"

  /// The path below the base URL, in segments.
  let path: [String]
  let isInterruptible: Bool

  init(path: [String], isInterruptible: Bool = false) {
    self.path = path
    self.isInterruptible = isInterruptible
  }

  /// Reads what ``text`` wrote.
  init(_ text: String) {
    isInterruptible = text.hasSuffix(Self.interruptibleMark)
    let path = isInterruptible ? text.dropLast(Self.interruptibleMark.count) : text[...]
    self.path = path.split(separator: "/").map(String.init)
  }

  var text: String { path.joined(separator: "/") + (isInterruptible ? Self.interruptibleMark : "") }

  /// What the streams of this path show.
  var kind: DIDStreamKind {
    switch path.first {
    case "clips": .clip
    case "agents": .agent
    default: .talk
    }
  }
}
