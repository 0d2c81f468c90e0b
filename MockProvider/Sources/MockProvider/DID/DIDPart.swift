// Takes what a stream says part by part, as it is written: the calls `stream-text` and `stream-audio`.
import Basics
import StrictJSON
import Wire

/// One part: a message of D-ID's WebSocket (de-id/live-streaming-demo, `streaming-client-api-ws.js`).
struct DIDPart {
  enum Content {
    case text(String, isSSML: Bool, voice: String?, language: String?)
    /// ``PlainSamples``
    case samples([UInt8])
  }

  enum Kind: String, CaseIterable { case text, audio }

  /// The most bytes of sound in one part (comments of de-id/live-streaming-demo: 30 KB).
  static let mostSamples = 30 * 1024
  static let highestIndex = 1_000_000

  /// Its place among the parts; without one it follows the latest.
  let index: Int?
  let content: Content

  /// A blank text, since D-ID's demo ends each text with a space, or no sound: what is said is complete.
  var isEnd: Bool {
    switch content {
    case .text(let text, _, _, _): text.allSatisfy(\.isWhitespace)
    case .samples(let bytes): bytes.isEmpty
    }
  }

}

extension DIDPart {
  init(index: Int?, script reader: inout JSONObjectReader, kind: Kind, isLenient: Bool) throws(JSONShapeError) {
    guard try reader.choice("type", of: Kind.self) == kind else {
      throw JSONShapeError(.notAccepted("\(kind.rawValue) expected"), at: reader.path(of: "type"))
    }
    switch kind {
    case .text:
      let input = try reader.string("input", bytes: 0...DIDScript.characters.upperBound)
      let isSSML = try reader.optionalBool("ssml") ?? false
      let provider = try DIDScript.readProvider(&reader, isLenient: isLenient)
      let text = Content.text(input, isSSML: isSSML, voice: provider.voice, language: provider.language)
      self.init(index: index, content: text)
    case .audio: self.init(index: index, content: .samples(try Self.readSamples(&reader)))
    }
  }

  private static func readSamples(_ reader: inout JSONObjectReader) throws(JSONShapeError) -> [UInt8] {
    let numbers = try reader.optionalArray("input") ?? []
    guard numbers.count <= mostSamples else {
      throw JSONShapeError(.notAccepted("at most \(mostSamples) bytes expected"), at: reader.path(of: "input"))
    }
    let bytes = numbers.compactMap { $0.integer.flatMap(UInt8.init(exactly:)) }
    guard bytes.count == numbers.count else {
      throw JSONShapeError(.notAccepted("numbers from 0 to 255 expected"), at: reader.path(of: "input"))
    }
    return bytes
  }
}

extension DIDVendor {
  /// Tells which stream a message is about: the one that it names, or the one whose `session_id` it has.
  func call(_ message: DIDMessage, _ headers: HTTPHeaders, at now: MonotonicInstant) -> VendorCall {
    let sessionID = message.body["session_id"]?.string
    let found = sessions.first { session in
      message.streamID.map { session.id == $0 } ?? (sessionID.map(session.details.accepts) ?? false)
    }
    let stream = message.kind == .initStream ? nil : message.streamID ?? found?.id
    return VendorCall(
      message, headers, stream: stream,
      contract: message.presenter == nil ? found?.contract ?? message.contract : message.contract,
      at: now)
  }

  /// Takes a part, and answers with the phrases that it completes.
  mutating func takePart(_ call: VendorCall, _ json: JSONValue) throws(Refusal) -> VendorAnswer {
    let isLenient = configuration.isLenient
    let kind: DIDPart.Kind = call.name == .didStreamText ? .text : .audio
    let (sessionID, part) = try reading(json) { reader throws(JSONShapeError) -> (String?, DIDPart) in
      // D-ID's demo sends a background with talks, too.
      try DIDSpeakBody.read(&reader, prefix: "clips", isLenient: isLenient)
      _ = try reader.optionalObject("apiKeysExternal")
      let index = try reader.optionalInteger("index", in: 0...Int64(DIDPart.highestIndex)).map { Int($0) }
      var script = try reader.object("script")
      let part = try DIDPart(index: index, script: &script, kind: kind, isLenient: isLenient)
      if !isLenient { try script.finish() }
      return (try reader.optionalString("session_id"), part)
    }
    var session = try find(call, sessionID)
    guard session.peer.progress == .up else {
      throw Refusal(DIDErrors.streamError, "no peer is connected: an answer and a candidate have to come first")
    }
    guard session.details.streamed != nil || session.talks.hasRoom(at: call.now) else {
      throw Refusal(DIDErrors.tooManyRequests, "\(TalkQueue.waitingLimit) talks wait in this stream")
    }
    var talk = session.details.streamed ?? StreamedTalk(id: identifiers.talkID(), kind: kind)
    let phrases: [StreamedPhrase]
    do throws(StreamedTalk.Mistake) { phrases = try talk.add(part, kind: kind) } catch {
      throw Refusal(error.isTooMuch ? DIDErrors.tooManyRequests : DIDErrors.badRequest, error.note)
    }
    session.details.streamed = talk.isComplete ? nil : talk
    sessions.update(session)
    let reply = replies.partTaken(talk: talk.id, index: part.index, sessionID: session.details.original)
    var answer = VendorAnswer(200, reply, session: session.id)
    answer.phrases = phrases
    return answer
  }

  /// Says a phrase of a stream, once it has become sound.
  /// - Parameter speech: nil where nothing is heard.
  mutating func say(_ phrase: StreamedPhrase, in stream: String, _ speech: PreparedSpeech?, at now: MonotonicInstant) {
    guard var session = sessions.session(stream, at: now) else { return }
    session.extend(
      talk: phrase.talk, by: speech.map { $0.duration ?? .zero } ?? phrase.duration, speech, isLast: phrase.isLast,
      startDelay: max(configuration.talkStartDelay, peerFactory.lead), at: now)
    sessions.update(session)
    if phrase.isLast { videos.queue(phrase.talk) }
  }
}
