// Puts the parts of a talk in order, and cuts them into phrases that can be said while the rest is being written.
import Basics

/// What a stream says part by part, from its first part to its end.
struct StreamedTalk {
  /// Why a part is not taken.
  struct Mistake: Error {
    let note: String
    /// Whether it would be taken if less came at once.
    var isTooMuch = false
  }

  /// Most parts that wait for one before them: as many as D-ID's demo sends without an answer.
  static let waitingLimit = 300
  /// The longest sound.
  static let longest = Duration.seconds(600)
  /// Sound is played from so many bytes on: a quarter of a second.
  private static let soundBytes = PlainSamples.bytesPerSecond / 4

  let id: String
  let kind: DIDPart.Kind
  /// Its end was taken.
  private(set) var isComplete = false
  private var next = 0
  private var latest = -1
  private var waiting: [Int: DIDPart] = [:]
  private var size = 0
  private var cutter = PhraseCutter()
  private var samples: [UInt8] = []
  /// How the latest text wants to be said.
  private var manner: (isSSML: Bool, voice: String?, language: String?) = (false, nil, nil)

  init(id: String, kind: DIDPart.Kind) {
    self.id = id
    self.kind = kind
  }

  /// Takes a part.
  /// - Returns: the phrases that are complete now, in order.
  mutating func add(_ part: DIDPart, kind: DIDPart.Kind) throws(Mistake) -> [StreamedPhrase] {
    guard kind == self.kind else { throw Mistake(note: "the \(self.kind.rawValue) before it has not ended") }
    let index = part.index ?? latest + 1
    guard index >= next, waiting[index] == nil else { throw Mistake(note: "a part of this index came before") }
    guard index == next || waiting.count < Self.waitingLimit else {
      throw Mistake(note: "\(Self.waitingLimit) parts wait for one before them", isTooMuch: true)
    }
    size += part.size
    guard size <= Self.mostOf(kind) else { throw Mistake(note: "what is said is too long") }
    latest = max(latest, index)
    waiting[index] = part
    var phrases: [StreamedPhrase] = []
    while !isComplete, let part = waiting.removeValue(forKey: next) {
      next += 1
      phrases += take(part)
    }
    return phrases
  }

  private static func mostOf(_ kind: DIDPart.Kind) -> Int {
    switch kind {
    case .text: DIDScript.characters.upperBound
    case .audio: Int(longest.components.seconds) * PlainSamples.bytesPerSecond
    }
  }

  private mutating func take(_ part: DIDPart) -> [StreamedPhrase] {
    isComplete = part.isEnd
    switch part.content {
    case .text(let text, let isSSML, let voice, let language):
      if !isComplete { manner = (isSSML, voice, language) }
      cutter.append(text, isSSML: manner.isSSML)
      return phrase(of: cutter.take(isLast: isComplete))
    case .samples(let bytes):
      samples += bytes
      guard isComplete || samples.count >= Self.soundBytes else { return [] }
      // A sample may lie in two parts.
      let whole = Array(samples.prefix(samples.count / 2 * 2))
      samples.removeFirst(whole.count)
      return phrase(ofSamples: whole)
    }
  }

  private func phrase(of text: String?) -> [StreamedPhrase] {
    guard let text else { return isComplete ? [end] : [] }
    let content = SpeechRequest.Content.text(text, isSSML: manner.isSSML)
    return [
      StreamedPhrase(
        talk: id, speechRequest: SpeechRequest(content: content, voice: manner.voice, language: manner.language),
        duration: manner.isSSML ? SpeechDuration.ofSSML(text) : SpeechDuration.ofText(text), isLast: isComplete)
    ]
  }

  private func phrase(ofSamples bytes: [UInt8]) -> [StreamedPhrase] {
    guard !bytes.isEmpty else { return isComplete ? [end] : [] }
    return [
      StreamedPhrase(
        talk: id, speechRequest: SpeechRequest(content: .samples(bytes), voice: nil, language: nil),
        duration: PlainSamples.duration(ofBytes: bytes.count), isLast: isComplete)
    ]
  }

  private var end: StreamedPhrase { StreamedPhrase(talk: id, speechRequest: nil, duration: .zero, isLast: true) }
}

extension DIDPart {
  /// UTF-16 units of text, as JavaScript counts them, or bytes of sound.
  fileprivate var size: Int {
    switch content {
    case .text(let text, _, _, _): text.utf16.count
    case .samples(let bytes): bytes.count
    }
  }
}

/// Something that can be said of a talk whose rest may still be written.
struct StreamedPhrase: Sendable, Equatable {
  let talk: String
  /// Nil where only the end is new.
  let speechRequest: SpeechRequest?
  /// How long it seems to last, where nothing is heard.
  let duration: Duration
  /// Nothing more will come.
  let isLast: Bool
}

/// Finds the places where text that is being written may be cut: behind punctuation, where no element is open. An avatar that
/// waited for the end of a sentence, or said each word for itself, would sound like neither.
struct PhraseCutter {
  /// A phrase that has no punctuation is cut behind a word from so many characters on, and anywhere from twice as many.
  static let longest = 240

  /// Punctuation that ends a phrase where white space follows.
  private static let marks = Set(".,;:!?…")
  /// Punctuation of scripts without spaces.
  private static let wideMarks = Set("。、，；：！？")
  /// As ``SSMLReader`` has it.
  private static let longestTag = 2048

  private var ready = ""
  private var rest = ""
  private var restCount = 0
  private var hasWords = false
  private var hasReadyWords = false
  /// The tag that has begun and not ended.
  private var tag: String?
  private var depth = 0
  private var latest: Character = " "

  mutating func append(_ text: String, isSSML: Bool) {
    for character in text {
      rest.append(character)
      restCount += 1
      if isSSML, readTag(character) { continue }
      if !character.isWhitespace { hasWords = true }
      if isCut(behind: character) { cut() }
      latest = character
    }
  }

  /// What can be said now; nil for nothing.
  /// - Parameter isLast: no more text will come.
  mutating func take(isLast: Bool) -> String? {
    if isLast { cut() }
    guard hasReadyWords else { return nil }
    defer { (ready, hasReadyWords) = ("", false) }
    return ready
  }

  private mutating func cut() {
    ready += rest
    hasReadyWords = hasReadyWords || hasWords
    (rest, restCount, hasWords) = ("", 0, false)
  }

  private func isCut(behind character: Character) -> Bool {
    guard depth == 0, tag == nil, hasWords else { return false }
    if Self.wideMarks.contains(character) || restCount >= 2 * Self.longest { return true }
    return character.isWhitespace && (Self.marks.contains(latest) || restCount >= Self.longest)
  }

  /// Whether a character belongs to a tag.
  private mutating func readTag(_ character: Character) -> Bool {
    guard var tag else {
      guard character == "<" else { return false }
      self.tag = ""
      return true
    }
    if character == ">" {
      self.tag = nil
      count(tag)
    } else {
      tag.append(character)
      // No tag is as long: the sign was one like any other.
      self.tag = tag.utf8.count > Self.longestTag ? nil : tag
    }
    return true
  }

  private mutating func count(_ tag: String) {
    let name = tag.drop { $0 == "/" }.prefix { !$0.isWhitespace && $0 != "/" }
    guard name != "speak", name != "break", tag.last != "/", let first = tag.first, first.isLetter || first == "/"
    else {
      return
    }
    depth = max(0, depth + (first == "/" ? -1 : 1))
  }
}
