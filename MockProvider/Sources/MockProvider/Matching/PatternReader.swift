// Reads a regular expression into a tree, and says which characters and places its parts mean.
import Basics

/// A part of an expression.
indirect enum PatternTree: Sendable {
  case character(PatternSet)
  case place(PatternPlace)
  case sequence([PatternTree])
  case choice([PatternTree])
  /// At least so often, and at most, if there is a limit.
  case repeated(PatternTree, Int, Int?)
}

/// What `(?ims)` at the beginning of an expression asks for.
struct PatternOptions: OptionSet, Sendable {
  let rawValue: Int
  static let ignoresCase = PatternOptions(rawValue: 1)
  static let manyLines = PatternOptions(rawValue: 2)
  static let dotTakesLineEnds = PatternOptions(rawValue: 4)
}

/// Some characters.
struct PatternSet: Sendable {
  enum Member: Sendable {
    case range(ClosedRange<Unicode.Scalar>)
    case digit, word, space
    case notDigit, notWord, notSpace
    /// `.`
    case any
  }

  var members: [Member]
  var isInverted = false

  func contains(_ character: Unicode.Scalar, _ options: PatternOptions) -> Bool {
    var forms = [character]
    if options.contains(.ignoresCase) {
      for mapping in [character.properties.lowercaseMapping, character.properties.uppercaseMapping] {
        if let only = mapping.unicodeScalars.first, mapping.unicodeScalars.count == 1 { forms.append(only) }
      }
    }
    let isIn = forms.contains { form in members.contains { Self.holds($0, form, options) } }
    return isIn != isInverted
  }

  private static func holds(_ member: Member, _ character: Unicode.Scalar, _ options: PatternOptions) -> Bool {
    switch member {
    case .range(let range): range.contains(character)
    case .digit: ("0"..."9").contains(character)
    case .word: isWord(character)
    case .space: character.properties.isWhitespace
    case .notDigit: !("0"..."9").contains(character)
    case .notWord: !isWord(character)
    case .notSpace: !character.properties.isWhitespace
    case .any: options.contains(.dotTakesLineEnds) || character != "\n"
    }
  }

  static func isWord(_ character: Unicode.Scalar) -> Bool {
    character == "_" || character.properties.isAlphabetic || character.properties.numericType != nil
  }
}

/// A place between characters.
enum PatternPlace: Sendable {
  case lineStart, lineEnd, textStart, textEnd, wordEdge, noWordEdge

  func holds(at position: Int, of text: [Unicode.Scalar], _ options: PatternOptions) -> Bool {
    switch self {
    case .textStart: return position == 0
    case .textEnd: return position == text.count
    case .lineStart: return position == 0 || options.contains(.manyLines) && text[position - 1] == "\n"
    case .lineEnd: return position == text.count || options.contains(.manyLines) && text[position] == "\n"
    case .wordEdge, .noWordEdge:
      let before = position > 0 && PatternSet.isWord(text[position - 1])
      let behind = position < text.count && PatternSet.isWord(text[position])
      return (before != behind) == (self == .wordEdge)
    }
  }
}

/// Reads an expression from left to right.
struct PatternReader {
  /// How deep groups may lie in each other.
  static let maximumDepth = 32
  /// The largest count of a repetition.
  static let maximumCount = 255

  private let text: [Unicode.Scalar]
  private var position = 0
  private var depth = 0

  init(_ source: String) { text = Array(source.unicodeScalars) }

  mutating func read() throws(PatternError) -> (PatternTree, PatternOptions) {
    let options = try readOptions()
    let tree = try choice()
    guard position == text.count else { throw error("a ) without a (") }
    return (tree, options)
  }

  private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

  private func error(_ reason: String) -> PatternError { PatternError(reason, at: position) }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == character else { return false }
    position += 1
    return true
  }

  private mutating func readOptions() throws(PatternError) -> PatternOptions {
    var options: PatternOptions = []
    guard text.starts(with: ["(", "?"]), let letter = text.dropFirst(2).first, "ims".unicodeScalars.contains(letter)
    else { return options }
    position = 2
    while let letter = next, letter != ")" {
      switch letter {
      case "i": options.insert(.ignoresCase)
      case "m": options.insert(.manyLines)
      case "s": options.insert(.dotTakesLineEnds)
      default: throw error("i, m and s are known as options")
      }
      position += 1
    }
    guard take(")") else { throw error("a ( without a )") }
    return options
  }

  private mutating func choice() throws(PatternError) -> PatternTree {
    var parts = [try sequence()]
    while take("|") { parts.append(try sequence()) }
    return parts.count == 1 ? parts[0] : .choice(parts)
  }

  private mutating func sequence() throws(PatternError) -> PatternTree {
    var parts: [PatternTree] = []
    while let character = next, character != "|", character != ")" {
      parts.append(try repeated(try atom()))
    }
    return .sequence(parts)
  }

  private mutating func repeated(_ part: PatternTree) throws(PatternError) -> PatternTree {
    let counts: (Int, Int?)
    switch next {
    case "*": counts = (0, nil)
    case "+": counts = (1, nil)
    case "?": counts = (0, 1)
    case "{":
      guard let read = try count() else { return part }
      counts = read
      // The brace itself is taken below.
      position -= 1
    default: return part
    }
    position += 1
    // Whether much or little is preferred makes no difference to whether there is a match.
    _ = take("?")
    if let character = next, "*+?".unicodeScalars.contains(character) { throw error("nothing to repeat") }
    return .repeated(part, counts.0, counts.1)
  }

  /// `{2}`, `{2,}`, `{2,5}`, with the position behind it; nil where the brace is only a brace.
  private mutating func count() throws(PatternError) -> (Int, Int?)? {
    guard let end = text[position...].firstIndex(of: "}") else { return nil }
    let parts = text[(position + 1)..<end].split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = parts.map { part in String(String.UnicodeScalarView(part)) }
    guard let least = numbers.first.flatMap({ Int($0) }), least >= 0 else { return nil }
    let most: Int?
    switch numbers.count {
    case 1: most = least
    case _ where numbers[1].isEmpty: most = nil
    default:
      guard let number = Int(numbers[1]) else { return nil }
      most = number
    }
    guard least <= Self.maximumCount, most.map({ (least...Self.maximumCount).contains($0) }) ?? true else {
      throw error("a count that is out of its range")
    }
    position = end + 1
    return (least, most)
  }

  private mutating func atom() throws(PatternError) -> PatternTree {
    guard let character = next else { throw error("unfinished") }
    switch character {
    case "(": return try group()
    case "[": return .character(try set())
    case "*", "+", "?": throw error("nothing to repeat")
    default: position += 1
    }
    switch character {
    case ".": return .character(PatternSet(members: [.any]))
    case "^": return .place(.lineStart)
    case "$": return .place(.lineEnd)
    case "\\": return try escape()
    default: return .character(PatternSet(members: [.range(character...character)]))
    }
  }

  private mutating func group() throws(PatternError) -> PatternTree {
    position += 1
    depth += 1
    guard depth <= Self.maximumDepth else { throw error("groups lie too deep") }
    if take("?"), !take(":") { throw error("of groups with a question mark only (?: is known") }
    let tree = try choice()
    guard take(")") else { throw error("a ( without a )") }
    depth -= 1
    return tree
  }

  private mutating func escape() throws(PatternError) -> PatternTree {
    switch next {
    case "b": return place(.wordEdge)
    case "B": return place(.noWordEdge)
    case "A": return place(.textStart)
    case "z", "Z": return place(.textEnd)
    default: return .character(PatternSet(members: [try member()]))
    }
  }

  private mutating func place(_ place: PatternPlace) -> PatternTree {
    position += 1
    return .place(place)
  }

  /// What follows a backslash, where it means characters.
  private mutating func member() throws(PatternError) -> PatternSet.Member {
    guard let character = next else { throw error("a backslash at the end") }
    position += 1
    switch character {
    case "d": return .digit
    case "D": return .notDigit
    case "w": return .word
    case "W": return .notWord
    case "s": return .space
    case "S": return .notSpace
    default:
      let meant = try literal(character)
      return .range(meant...meant)
    }
  }

  private mutating func literal(_ character: Unicode.Scalar) throws(PatternError) -> Unicode.Scalar {
    switch character {
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "x": return try scalar(digits: 2)
    case "u": return try scalar(digits: 4)
    case "0"..."9": throw error("a text that was found before cannot be asked for again")
    case _ where character.properties.isAlphabetic: throw error("\\\(character) is not known")
    default: return character
    }
  }

  private mutating func scalar(digits: Int) throws(PatternError) -> Unicode.Scalar {
    let end = min(position + digits, text.count)
    let word = String(String.UnicodeScalarView(text[position..<end]))
    guard word.utf8.count == digits, let number = UInt32(word, radix: 16), let scalar = Unicode.Scalar(number) else {
      throw error("\(digits) hexadecimal digits of a character expected")
    }
    position = end
    return scalar
  }

  private mutating func set() throws(PatternError) -> PatternSet {
    position += 1
    var set = PatternSet(members: [], isInverted: take("^"))
    // A bracket that closes is one of the characters where it comes first.
    var isFirst = true
    while let character = next, character != "]" || isFirst {
      isFirst = false
      position += 1
      let first = character == "\\" ? try member() : .range(character...character)
      set.members.append(try range(from: first))
    }
    guard take("]") else { throw error("a [ without a ]") }
    return set
  }

  private mutating func range(from first: PatternSet.Member) throws(PatternError) -> PatternSet.Member {
    guard case .range(let start) = first, next == "-", position + 1 < text.count, text[position + 1] != "]" else {
      return first
    }
    position += 1
    let character = text[position]
    position += 1
    let last = character == "\\" ? try member() : .range(character...character)
    guard case .range(let end) = last, start.lowerBound <= end.upperBound else { throw error("a range without an end") }
    return .range(start.lowerBound...end.upperBound)
  }
}
