// Finds a regular expression in a text, in time that grows with the text alone.

/// A regular expression of the kind that Python, JavaScript and RE2 share: literals, `.`, classes, groups, `|`, `* + ? {m,n}`,
/// `^ $ \b`, `\d \w \s`, and `(?i)`, `(?m)`, `(?s)` at the beginning. There is nothing to look around or back with, so all
/// ways are followed at once (Ken Thompson, "Regular Expression Search Algorithm", 1968) and none is tried twice: no
/// expression can keep the mock from its work.
public struct TextPattern: Sendable, Hashable {
  /// The longest expression in bytes.
  static let maximumBytes = 1024
  /// Most steps that an expression may become; counted repetitions multiply them.
  static let maximumSteps = 4096

  /// The expression as it was written.
  public let source: String
  private let program: [PatternStep]
  private let options: PatternOptions

  /// - Throws: ``PatternError`` that names what cannot be read, and where.
  public init(_ source: String) throws(PatternError) {
    guard source.utf8.count <= Self.maximumBytes else {
      throw PatternError("longer than \(Self.maximumBytes) bytes", at: 0)
    }
    var reader = PatternReader(source)
    let (tree, options) = try reader.read()
    var writer = PatternWriter()
    try writer.write(tree)
    self.source = source
    self.options = options
    program = writer.steps + [.matched]
  }

  public static func == (left: Self, right: Self) -> Bool { left.source == right.source }
  public func hash(into hasher: inout Hasher) { hasher.combine(source) }

  /// Whether the expression is found anywhere in the text.
  public func isFound(in text: String) -> Bool {
    let text = Array(text.unicodeScalars)
    var threads = PatternThreads(count: program.count)
    for position in 0...text.count {
      // A match may begin at every position.
      if follow(0, at: position, of: text, into: &threads) { return true }
      guard position < text.count else { break }
      var next = PatternThreads(count: program.count)
      for step in threads.steps {
        guard case .character(let set) = program[step], set.contains(text[position], options) else { continue }
        if follow(step + 1, at: position + 1, of: text, into: &next) { return true }
      }
      threads = next
    }
    return false
  }

  /// Follows every way from a step that needs no character.
  /// - Returns: true when one of them is a match.
  private func follow(
    _ first: Int, at position: Int, of text: [Unicode.Scalar], into threads: inout PatternThreads
  ) -> Bool {
    var ways = [first]
    while let step = ways.popLast() {
      guard threads.isNew(step) else { continue }
      switch program[step] {
      case .matched: return true
      case .character: threads.steps.append(step)
      case .jump(let target): ways.append(target)
      case .either(let one, let other): ways += [other, one]
      case .place(let place): if place.holds(at: position, of: text, options) { ways.append(step + 1) }
      }
    }
    return false
  }
}

/// What an expression cannot be.
public struct PatternError: Error, Sendable, Hashable, CustomStringConvertible {
  let reason: String
  /// Counted in characters from 0.
  let position: Int

  init(_ reason: String, at position: Int) {
    self.reason = reason
    self.position = position
  }

  public var description: String { "\(reason), at character \(position)" }
}

/// A step of a program.
enum PatternStep: Sendable {
  /// Takes one character.
  case character(PatternSet)
  case jump(Int)
  case either(Int, Int)
  /// Goes on where this place is.
  case place(PatternPlace)
  case matched
}

/// The steps that wait for the next character, each once.
private struct PatternThreads {
  var steps: [Int] = []
  private var seen: [Bool]

  init(count: Int) { seen = Array(repeating: false, count: count) }

  mutating func isNew(_ step: Int) -> Bool {
    defer { seen[step] = true }
    return !seen[step]
  }
}

/// Writes the program of a tree.
private struct PatternWriter {
  private(set) var steps: [PatternStep] = []

  mutating func write(_ tree: PatternTree) throws(PatternError) {
    guard steps.count < TextPattern.maximumSteps else { throw PatternError("too large", at: 0) }
    switch tree {
    case .character(let set): steps.append(.character(set))
    case .place(let place): steps.append(.place(place))
    case .sequence(let parts): for part in parts { try write(part) }
    case .choice(let parts): try writeChoice(parts)
    case .repeated(let part, let least, let most): try writeRepeated(part, least, most)
    }
  }

  private mutating func writeChoice(_ parts: [PatternTree]) throws(PatternError) {
    var jumps: [Int] = []
    for (index, part) in parts.enumerated() {
      guard index < parts.count - 1 else {
        try write(part)
        break
      }
      let fork = reserve()
      try write(part)
      jumps.append(reserve())
      steps[fork] = .either(fork + 1, steps.count)
    }
    for jump in jumps { steps[jump] = .jump(steps.count) }
  }

  private mutating func writeRepeated(_ part: PatternTree, _ least: Int, _ most: Int?) throws(PatternError) {
    for _ in 0..<least {
      let before = steps.count
      try write(part)
      // What takes no step stays nothing, however often it comes: counts within counts would be gone through for nothing.
      guard steps.count > before else { break }
    }
    guard let most else {
      let fork = reserve()
      try write(part)
      steps.append(.jump(fork))
      steps[fork] = .either(fork + 1, steps.count)
      return
    }
    var forks: [Int] = []
    for _ in least..<max(least, most) {
      forks.append(reserve())
      try write(part)
    }
    for fork in forks { steps[fork] = .either(fork + 1, steps.count) }
  }

  /// A step whose targets are known later.
  private mutating func reserve() -> Int {
    steps.append(.matched)
    return steps.count - 1
  }
}
