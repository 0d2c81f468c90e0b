// Says what agents answer: by rules that a test has set, and with the question's own words where none fits.
import Basics
import StrictJSON

/// What an agent answers to the questions that a rule is meant for.
public struct AnswerRule: Sendable, Hashable {
  /// What is said.
  public enum Words: Sendable, Hashable {
    /// What was asked.
    case echo
    case text(String)
    /// A text in the parts in which it comes.
    case parts([String])
    /// The call is refused with an error of D-ID's table, by its name.
    case error(String)
  }

  /// What becomes of the answer's video.
  public enum Video: String, Sendable, CaseIterable {
    case spoken
    /// It cannot be made.
    case error
    /// Its text is not admitted.
    case rejected
  }

  /// Before each part where a rule says nothing else: a part that is there before the call's reply is lost to D-ID's client SDK.
  public static let usualDelay = Duration.milliseconds(100)
  /// Most parts into which a text is cut by itself.
  static let usualParts = 8
  /// Most parts of a rule.
  static let mostParts = 256
  /// Most citations of a rule.
  static let mostMatches = 64

  /// Only questions to this agent.
  public var agent: String?
  /// Only questions with this in them.
  public var contains: String?
  /// Only questions in which this is found.
  public var pattern: TextPattern?
  public var words: Words
  /// Before each part, on the mock's clock.
  public var delay = usualDelay
  /// What the answer cites, as D-ID's `matches`.
  public var matches: [JSONValue] = []
  /// The mode in which the answer comes, in place of the chat's: ``ChatMode/textOnly`` is what happens without credits.
  public var chatMode: ChatMode?
  public var video = Video.spoken
  /// How many questions it answers, and is gone then; nil for all. Such rules come before all others.
  public var times: Int?

  public init(_ words: Words = .echo) { self.words = words }

  func isMeant(for question: String, of agent: String) -> Bool {
    (self.agent ?? agent) == agent && contains.map(question.contains) ?? true && pattern?.isFound(in: question) ?? true
  }

  func parts(for question: String) -> [String] {
    switch words {
    case .parts(let parts): parts
    case .text(let text): Self.parts(of: text)
    case .echo, .error: Self.parts(of: question)
    }
  }

  /// Cuts a text behind words, into eight parts at most.
  static func parts(of text: String) -> [String] {
    guard !text.isEmpty else { return [""] }
    var words: [String] = []
    var hasSpace = true
    for character in text {
      if hasSpace, !character.isWhitespace || words.isEmpty { words.append("") }
      words[words.count - 1].append(character)
      hasSpace = character.isWhitespace
    }
    let share = (words.count + usualParts - 1) / usualParts
    return stride(from: 0, to: words.count, by: max(share, 1)).map { words[$0..<min($0 + share, words.count)].joined() }
  }
}

extension AnswerRule {
  /// Reads `{agent?, contains?, pattern?, delayMs?, matches?, chatMode?, video?, times?}` with `text`, `parts` or `error`, or with
  /// none of these for an answer in the question's words.
  init(_ json: JSONValue) throws(JSONShapeError) {
    var reader = try JSONObjectReader(json, at: "rule")
    self.init(try Self.readWords(&reader))
    agent = try reader.optionalString("agent", bytes: 1...256)
    contains = try reader.optionalString("contains", bytes: 1...1024)
    if let source = try reader.optionalString("pattern") {
      do throws(PatternError) { pattern = try TextPattern(source) } catch {
        throw JSONShapeError(.notAccepted(error.description), at: reader.path(of: "pattern"))
      }
    }
    let delayed = try reader.optionalInteger("delayMs", in: 0...Fault.longestDelay.milliseconds)
    delay = delayed.map { .milliseconds($0) } ?? delay
    matches = try reader.optionalArray("matches") ?? []
    chatMode = try reader.optionalChoice("chatMode", of: ChatMode.self)
    video = try reader.optionalChoice("video", of: Video.self) ?? .spoken
    times = try reader.optionalInteger("times", in: 1...Int64(Fault.mostTimes)).map { Int($0) }
    try reader.finish()
    if let wrong = flaw { throw JSONShapeError(.notAccepted("a value in its range expected"), at: reader.path(of: wrong)) }
  }

  private static func readWords(_ reader: inout JSONObjectReader) throws(JSONShapeError) -> Words {
    var found: [Words] = []
    if let text = try reader.optionalString("text") { found.append(.text(text)) }
    if let parts = try reader.optionalArray("parts") {
      let texts = parts.compactMap(\.string)
      guard texts.count == parts.count else {
        throw JSONShapeError(.notAccepted("texts expected"), at: reader.path(of: "parts"))
      }
      found.append(.parts(texts))
    }
    if let name = try reader.optionalString("error") { found.append(.error(name)) }
    guard found.count <= 1 else {
      throw JSONShapeError(.notAccepted("one of text, parts, error expected"), at: reader.path)
    }
    return found.first ?? .echo
  }

  /// The member that is out of its range.
  var flaw: String? {
    let texts = DIDScript.characters.upperBound
    switch words {
    case .text(let text): if !(1...texts).contains(text.utf8.count) { return "text" }
    case .parts(let parts):
      let size = parts.reduce(0) { $0 + $1.utf8.count }
      let isWhole = (1...Self.mostParts).contains(parts.count) && !parts.contains("")
      if !isWhole || size > texts { return "parts" }
    case .error(let name): if FaultList.error(name, for: .did) == nil { return "error" }
    case .echo: break
    }
    if !(.zero...Fault.longestDelay).contains(delay) { return "delayMs" }
    if matches.count > Self.mostMatches || matches.contains(where: { $0.object == nil }) { return "matches" }
    if let times, !(1...Fault.mostTimes).contains(times) { return "times" }
    return nil
  }

  var json: JSONValue {
    var object: JSONObject = [:]
    if let agent { object["agent"] = .string(agent) }
    if let contains { object["contains"] = .string(contains) }
    if let pattern { object["pattern"] = .string(pattern.source) }
    switch words {
    case .echo: break
    case .text(let text): object["text"] = .string(text)
    case .parts(let parts): object["parts"] = .array(parts.map { .string($0) })
    case .error(let name): object["error"] = .string(name)
    }
    object["delayMs"] = .integer(delay.milliseconds)
    if !matches.isEmpty { object["matches"] = .array(matches) }
    if let chatMode { object["chatMode"] = .string(chatMode.rawValue) }
    if video != .spoken { object["video"] = .string(video.rawValue) }
    if let times { object["times"] = .integer(Int64(times)) }
    return .object(object)
  }
}

/// The rules of a scenario.
struct AnswerRules {
  /// Most rules at once.
  static let limit = 256

  private(set) var rules: [AnswerRule] = []

  /// - Throws: ``FaultError``.
  mutating func add(_ rule: AnswerRule) throws(FaultError) {
    guard rules.count < Self.limit else { throw .tooMany }
    if let flaw = rule.flaw { throw .outOfRange(flaw) }
    rules.append(rule)
  }

  /// The rule for a question, of which one use is gone then: the first that is meant, of those that are used up first; nil
  /// where none is.
  mutating func take(for question: String, of agent: String) -> AnswerRule? {
    let meant = rules.indices.filter { rules[$0].isMeant(for: question, of: agent) }
    guard let index = meant.first(where: { rules[$0].times != nil }) ?? meant.first else { return nil }
    let rule = rules[index]
    if let times = rule.times {
      rules[index].times = times - 1
      if times == 1 { rules.remove(at: index) }
    }
    return rule
  }

  mutating func clear() { rules = [] }
}
