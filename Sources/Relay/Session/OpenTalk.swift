// Decides what is handed on of a talk whose text is still being written, and what its parts are answered.
import AvatarProvider
import Basics
import SessionValues
import Signaling

/// A talk that holds the lane of talks from its first part to its end. One part is handed on at a time.
struct OpenTalk: Sendable {
  /// A part as its client sent it.
  struct Part: Sendable, Hashable {
    let request: RequestID
    let index: Int64
    /// Nil for the end.
    let text: String?
  }

  /// The request that began it.
  let request: RequestID
  /// It was begun in an earlier life of the relay, and is only to be ended.
  private(set) var isInherited = false
  /// What it was begun with.
  private let opening: Script
  let parts: SessionCapabilities.Parts
  private let length: TextLength
  private var joiner: SentenceJoiner
  /// How long all that came is, as the provider counts.
  private var size = 0
  /// By what the client names it; nil until its first part was answered.
  var id: String?
  /// The provider's id of it, or of the latest of its sentences.
  var providerID: String?
  private(set) var waiting: [Part] = []
  /// The part that is with the provider.
  private(set) var running: Part?
  /// The latest part that came in order.
  private(set) var received: Int64 = 0
  /// The latest part that was taken, by the provider or to be joined with the next one.
  private(set) var taken: Int64 = -1
  /// The latest part of which the provider has every word.
  private var settled: Int64 = -1
  /// How many parts the provider has.
  private(set) var handedOn = 0
  /// Its end came.
  private(set) var isComplete = false
  /// Why nothing more of it is said; nil while it goes on.
  private(set) var fate: ClosedTalk.Fate?
  /// When the client was heard of last.
  private(set) var lastHeard: MonotonicInstant

  init(
    _ request: RequestID, _ opening: Script, _ parts: SessionCapabilities.Parts, _ length: TextLength,
    at now: MonotonicInstant
  ) {
    self.request = request
    self.opening = opening
    self.parts = parts
    self.length = length
    joiner = SentenceJoiner(parts, length)
    lastHeard = now
    let text = opening.words
    size = length.count(text)
    waiting = [Part(request: request, index: 0, text: text)]
  }

  /// A talk of an earlier life of the relay, which a provider that takes parts may still wait for the rest of.
  init(inherited request: RequestID, _ length: TextLength, at now: MonotonicInstant) {
    self.init(request, Script(.text("")), .native, length, at: now)
    (isInherited, waiting, handedOn, fate) = (true, [], 1, .unknown(through: .max))
  }

  /// Whether a part is the next one.
  func awaits(_ index: Int64) -> Bool { index == received + 1 && !isComplete && fate == nil }

  /// When it is over unless its client is heard of; nil while that is not its client's turn.
  func deadline(_ patience: Duration) -> MonotonicInstant? {
    guard fate == nil, running == nil, waiting.isEmpty, !isComplete else { return nil }
    return lastHeard.advanced(by: patience)
  }

  // MARK: Parts that come

  /// Takes the next part in, or the end.
  /// - Throws: `talk.tooLong` or `request.overload`; then the part was not taken.
  mutating func add(_ part: Part, limit: Int, at now: MonotonicInstant) throws(SignalingError) {
    let size = self.size + (part.text.map(length.count) ?? 0)
    guard size <= length.range.upperBound else {
      throw SignalingError(.talkTooLong, "with this part the talk is longer than \(length.range.upperBound)")
    }
    guard waiting.count < limit else {
      throw SignalingError(.requestOverload, "\(limit) parts of this talk wait already")
    }
    self.size = size
    received = part.index
    isComplete = part.text == nil
    lastHeard = now
    waiting.append(part)
  }

  // MARK: Parts that are handed on

  /// What becomes of the part whose turn it is.
  enum Turn: Sendable, Hashable {
    case handOn(TalkPiece)
    /// Nothing of it can be handed on yet, or ever.
    case kept(Part)
    /// The end, with words left that are too few for a talk.
    case tooShort(Part)
  }

  /// Takes the part whose turn it is; nil for none.
  mutating func nextTurn() -> Turn? {
    guard running == nil, fate == nil, !waiting.isEmpty else { return nil }
    let part = waiting.removeFirst()
    guard let content = content(of: part) else {
      taken = part.index
      return .kept(part)
    }
    if case .whole(let script) = content, length.count(script.words) < length.range.lowerBound {
      taken = part.index
      return .tooShort(part)
    }
    running = part
    return .handOn(piece(content, through: part.index, settling: joiner.holdsWords ? part.index - 1 : part.index))
  }

  private mutating func content(of part: Part) -> TalkPiece.Content? {
    switch (part.text, parts) {
    case (let text?, .native):
      joiner.add(text).map { .part(SpokenPart(index: handedOn, text: $0, options: opening.options)) }
    case (let text?, .joined): joiner.add(text).map { .whole(Script(.text($0), options: opening.options)) }
    case (nil, .native): handedOn == 0 ? nil : .end(SpokenEnd(index: handedOn, options: opening.options))
    case (nil, .joined): joiner.finish().map { .whole(Script(.text($0), options: opening.options)) }
    }
  }

  private func piece(_ content: TalkPiece.Content, through index: Int64, settling: Int64) -> TalkPiece {
    TalkPiece(
      request: request, opening: handedOn == 0 ? opening : nil, id: id, providerID: providerID, content: content,
      index: index, settled: settled, settles: settling)
  }

  /// The provider took what is with it.
  mutating func took(_ piece: TalkPiece, _ talk: Talk?, at now: MonotonicInstant) -> Part? {
    defer { running = nil }
    handedOn += 1
    settled = piece.settles
    lastHeard = now
    if let id = talk?.id { providerID = id }
    if let index = running?.index { taken = index }
    return running
  }

  /// The provider did not take it, or nobody knows.
  mutating func lost() { running = nil }

  // MARK: Its end

  /// Ends it before its text is complete.
  /// - Returns: the parts that are not said.
  mutating func giveUp(_ fate: ClosedTalk.Fate) -> [Part] {
    self.fate = fate
    defer { waiting = [] }
    return waiting
  }

  /// What the provider still has to be told of a talk that was given up; nil for nothing.
  /// - Parameter isSaid: what was taken is said to its end.
  mutating func farewell(sayingWhatIsLeft isSaid: Bool) -> TalkPiece? {
    switch parts {
    case .native:
      let isDoubtful: Bool
      if case .unknown = fate { isDoubtful = true } else { isDoubtful = false }
      guard handedOn > 0 || isDoubtful else { return nil }
      let end = SpokenEnd(index: isDoubtful ? nil : handedOn, options: opening.options)
      return piece(.end(end), through: received + 1, settling: received + 1)
    case .joined:
      guard isSaid, let text = joiner.finish(), length.count(text) >= length.range.lowerBound else { return nil }
      return piece(.whole(Script(.text(text), options: opening.options)), through: received, settling: received)
    }
  }
}

/// What is handed to a provider of an open talk, with what has to be written down of it before.
struct TalkPiece: Sendable, Hashable {
  enum Content: Sendable, Hashable {
    /// What is complete of a text, where the provider takes whole talks.
    case whole(Script)
    case part(SpokenPart)
    case end(SpokenEnd)
  }

  /// The request that began the talk.
  let request: RequestID
  /// What it was begun with, where nothing of it was handed on before.
  let opening: Script?
  /// By what the client names the talk, where it was told so.
  let id: String?
  let providerID: String?
  let content: Content
  /// The client's number of the last part that is in it.
  let index: Int64
  /// The last part of which the provider has every word already; -1 for none.
  let settled: Int64
  /// The same once it took this.
  let settles: Int64

  /// Whether anything is said by it.
  var hasWords: Bool { if case .end = content { false } else { true } }
  /// How many characters it has.
  var characterCount: Int {
    switch content {
    case .whole(let script): script.words.unicodeScalars.count
    case .part(let part): part.text.unicodeScalars.count
    case .end: 0
    }
  }
}

/// A talk that was open: what its parts are answered that come late.
struct ClosedTalk: Sendable, Hashable {
  enum Fate: Sendable, Hashable {
    /// Its end was taken.
    case complete
    /// It was interrupted, refused, or got no part in time: what was not taken is not said.
    case over
    /// Nobody knows of the parts up to this one whether they are said.
    case unknown(through: Int64)
  }

  let id: String
  /// The latest part that was taken.
  let taken: Int64
  let fate: Fate

  func answer(to index: Int64) -> Result<CallResult, SignalingError> {
    if index <= taken { return .success(.empty) }
    return switch fate {
    case .complete: .failure(OpenTalk.outOfOrder(index, after: taken))
    case .unknown(let last) where index <= last: .failure(OpenTalk.unknown)
    case .over, .unknown: .success(.talkOver)
    }
  }
}

extension OpenTalk {
  static func outOfOrder(_ index: Int64, after last: Int64) -> SignalingError {
    SignalingError(.requestOutOfOrder, "part \(index) does not follow part \(last) of the talk")
  }

  static let unknown = SignalingError(.talkUnknown, "what became of a part of this talk is not known")
}

extension Script {
  /// The text, where it is one.
  var words: String {
    switch content {
    case .text(let text), .ssml(let text): text
    case .audio: ""
    }
  }
}
