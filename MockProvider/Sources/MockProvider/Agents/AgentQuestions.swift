// Answers the messages of a chat: by the rules that a test has set, in the mode that the chat is in.
import Basics
import StrictJSON

/// The body of POST `/agents/{id}/chat/{chat}` (de-id/agents-sdk, `ChatPayload`).
struct AgentQuestion {
  enum Role: String, CaseIterable { case system, assistant, user, function, tool }

  static let messageLimit = 1000

  /// The latest message; a client may ask nothing.
  let text: String
  let mode: ChatMode?
  let stream: String?
  let sessionID: String?

  init(_ reader: inout JSONObjectReader) throws(JSONShapeError) {
    mode = try reader.optionalChoice("chatMode", of: ChatMode.self)
    stream = try reader.optionalString("streamId")
    sessionID = try reader.optionalString("sessionId")
    let path = reader.path(of: "messages")
    guard let messages = try reader.optionalArray("messages") else { throw JSONShapeError(.missing, at: path) }
    guard (1...Self.messageLimit).contains(messages.count) else {
      throw JSONShapeError(.notAccepted("1 to \(Self.messageLimit) messages expected"), at: path)
    }
    var latest = ""
    for (index, message) in messages.enumerated() {
      var message = try JSONObjectReader(message, at: "\(path)[\(index)]")
      _ = try message.optionalChoice("role", of: Role.self)
      // The SDK keeps an empty answer until its text comes by the socket.
      latest = try message.string("content", bytes: 0...DIDScript.characters.upperBound)
    }
    text = latest
  }
}

/// What comes of a question: parts for the notifications socket, then a video on the stream.
struct AgentAnswer: Sendable, Equatable {
  let chat: String
  let message: String
  let parts: [String]
  /// Before each part.
  let delay: Duration
  /// Its video's stream.
  let stream: String
  /// The id of its video.
  let talk: String
  let video: AnswerRule.Video
  /// Who is told; nil where the call says of no connection that it is its own.
  let address: NotificationAddress.Connection?

  var text: String { parts.joined() }
}

extension DIDVendor {
  mutating func ask(_ call: VendorCall, _ chat: AgentChat, _ json: JSONValue) throws(Refusal) -> VendorAnswer {
    let question = try readingOpen(json) { reader throws(JSONShapeError) in try AgentQuestion(&reader) }
    var mode = mode(of: call, asked: question.mode)
    let session = mode == .functional ? try stream(of: question, call) : nil
    let rule = answers.take(for: question.text, of: chat.agent)
    if case .error(let name)? = rule?.words {
      // The list admitted the name, so the row is there.
      throw Refusal(FaultList.error(name, for: .did) ?? DIDErrors.unknown, "a rule for the agent's answers")
    }
    mode = rule?.chatMode ?? mode
    let parts = rule?.parts(for: question.text) ?? AnswerRule.parts(of: question.text)
    var reply: JSONObject = [:]
    if mode == .textOnly || mode == .playground { reply["result"] = .string(parts.joined()) }
    reply["documentIds"] = .array((rule?.matches ?? []).compactMap { $0["document_id"] })
    reply["matches"] = .array(rule?.matches ?? [])
    reply["chatMode"] = .string(mode.rawValue)
    guard mode == .functional, let session else { return VendorAnswer(200, .object(reply), session: session?.id) }
    sessions.update(session)
    let talk = identifiers.talkID()
    reply["videoId"] = .string(talk)
    var answer = VendorAnswer(200, .object(reply), session: session.id)
    let spoken = AgentAnswer(
      chat: chat.id, message: "msg_" + identifiers.text(21, of: .urlSafe), parts: parts,
      delay: rule?.delay ?? AnswerRule.usualDelay, stream: session.id, talk: talk, video: rule?.video ?? .spoken,
      address: NotificationAddress.Connection(call.headers))
    videos.add(AgentVideo(talk: talk, stream: session.id, chat: chat.id, address: spoken.address))
    answer.agentAnswer = spoken
    return answer
  }

  /// The stream on which a question is to be answered; it has to be one of the agent's, connected, and with room for a talk.
  private mutating func stream(of question: AgentQuestion, _ call: VendorCall) throws(Refusal) -> MockSession<DIDDetails> {
    let session = try find(question.stream, of: call.prefix, question.sessionID, at: call.now)
    guard session.peer.progress == .up else {
      throw Refusal(DIDErrors.streamError, "no peer is connected: an answer and a candidate have to come first")
    }
    guard session.talks.hasRoom(at: call.now), videos.count(of: session.id) < TalkQueue.waitingLimit else {
      throw Refusal(DIDErrors.tooManyRequests, "\(TalkQueue.waitingLimit) talks wait in this stream")
    }
    return session
  }
}
