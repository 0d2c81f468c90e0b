// Decides how much of a text that comes part by part can be handed to a provider.
import Basics
import SessionValues

/// Holds back what cannot be said yet: white space, which waits for the words after it, and, where the provider takes whole
/// talks, a sentence that is not complete.
struct SentenceJoiner: Sendable {
  /// End a sentence where white space follows; after them its quotation marks and brackets may close.
  private static let marks = Set(".!?…")
  private static let closing = Set("\"'”’»“)]}")
  /// End a sentence in scripts without spaces.
  private static let wideMarks = Set("。！？")

  private let parts: SessionCapabilities.Parts
  private let length: TextLength
  /// Sentences that are complete, and were too short for a talk so far.
  private var complete = ""
  private var rest = ""
  private var isMarked = false

  init(_ parts: SessionCapabilities.Parts, _ length: TextLength) {
    self.parts = parts
    self.length = length
  }

  /// Whether words are held back.
  var holdsWords: Bool { !complete.allSatisfy(\.isWhitespace) || !rest.allSatisfy(\.isWhitespace) }

  /// Takes a part, and gives what can be handed on now; nil for nothing.
  mutating func add(_ text: String) -> String? {
    switch parts {
    case .native:
      rest += text
      guard holdsWords else { return nil }
      defer { rest = "" }
      return rest
    case .joined:
      for character in text { join(character) }
      let ready = complete.trimmingWhitespace()
      guard !ready.isEmpty, length.count(ready) >= length.range.lowerBound else { return nil }
      complete = ""
      return ready
    }
  }

  /// Gives what is left when nothing more comes; nil where there are no words. It may be too short for a talk.
  mutating func finish() -> String? {
    let left = (complete + rest).trimmingWhitespace()
    (complete, rest) = ("", "")
    return left.isEmpty ? nil : left
  }

  private mutating func join(_ character: Character) {
    rest.append(character)
    if Self.wideMarks.contains(character) || (character.isWhitespace && isMarked) {
      complete += rest
      (rest, isMarked) = ("", false)
    } else {
      isMarked = Self.marks.contains(character) || (isMarked && Self.closing.contains(character))
    }
  }
}
